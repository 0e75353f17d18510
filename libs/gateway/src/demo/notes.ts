import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OAuthError, parseJson, renderJson } from '@chancery/oauth';
import type { Target } from '@chancery/platform';
import { z } from 'zod';

interface Note {
  readonly id: string;
  readonly text: string;
  /** RFC 3339. */
  readonly at: string;
}

const mostNotes = 100;
const bodyBytes = 1_024;

const noteSchema = z.strictObject({ text: z.string().min(1).max(bodyBytes) });

/**
 * The demo API: notes in the memory of this process, the newest hundred. It knows nothing of tokens, as an API behind a gateway need not.
 * @param now milliseconds since 1970
 */
export function demoNotes(now: () => number): Target {
  const notes: Note[] = [];
  return {
    handle(req, res) {
      void serve(req, res, { notes, now });
    },
  };
}

async function serve(req: IncomingMessage, res: ServerResponse, { notes, now }: { notes: Note[]; now: () => number }): Promise<void> {
  try {
    if (req.method === 'GET') return answer(res, 200, { notes });
    if (req.method !== 'POST')
      throw new OAuthError('invalid_request', { refusal: 'method_unknown', status: 405, headers: { allow: 'GET, POST' } });
    const note: Note = { id: randomUUID(), text: parseNote(await readBody(req)), at: new Date(now()).toISOString() };
    notes.push(note);
    if (notes.length > mostNotes) notes.shift();
    answer(res, 201, note);
  } catch (thrown) {
    const error = thrown instanceof OAuthError ? thrown : new OAuthError('server_error', { refusal: 'fault', cause: thrown });
    const { status, headers, body } = renderJson(error);
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    answer(res, status, body);
  }
}

function parseNote(body: Uint8Array): string {
  const parsed = noteSchema.safeParse(parseJson(body, { maxBytes: bodyBytes }));
  if (!parsed.success)
    throw new OAuthError('invalid_request', { refusal: 'note_malformed', description: 'a note is an object with a text' });
  return parsed.data.text;
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  if (!/^application\/json(?:; *charset="?utf-8"?)?$/i.test(req.headers['content-type'] ?? '')) {
    throw new OAuthError('invalid_request', { refusal: 'media_type_unsupported', status: 415 });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when it is left early: the answer goes over the same connection.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytes)
      throw new OAuthError('invalid_request', { refusal: 'body_too_large', status: 413, headers: { connection: 'close' } });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OAuthError, parseJson } from '@chancery/oauth';
import { answerHere, answerJson, readBody, requireKind, type Target } from '@chancery/platform';
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
    if (req.method === 'GET') return answerJson(res, 200, { notes });
    if (req.method !== 'POST')
      throw new OAuthError('invalid_request', { refusal: 'method_unknown', status: 405, headers: { allow: 'GET, POST' } });
    requireKind(req, 'json');
    const body = await readBody(req, bodyBytes, req.headers['content-length']);
    const note: Note = { id: randomUUID(), text: parseNote(body), at: new Date(now()).toISOString() };
    notes.push(note);
    if (notes.length > mostNotes) notes.shift();
    answerJson(res, 201, note);
  } catch (thrown) {
    answerHere(res, thrown instanceof OAuthError ? thrown : new OAuthError('server_error', { refusal: 'fault', cause: thrown }));
  }
}

function parseNote(body: Uint8Array): string {
  const parsed = noteSchema.safeParse(parseJson(body, { maxBytes: bodyBytes }));
  if (!parsed.success)
    throw new OAuthError('invalid_request', { refusal: 'note_malformed', description: 'a note is an object with a text' });
  return parsed.data.text;
}

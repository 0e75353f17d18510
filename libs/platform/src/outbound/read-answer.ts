import type { IncomingMessage } from 'node:http';
import { mediaTypeOf } from '../http/media-type.js';
import { FetchRefused } from './fetch-refused.js';

export interface Expected {
  readonly types: readonly string[];
  readonly maxBytes: number;
}

/** The bytes of an answer that is 200, of an expected kind, as it is, and no longer than allowed. @throws FetchRefused */
export async function readAnswer(answer: IncomingMessage, { types, maxBytes }: Expected): Promise<Buffer> {
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status < 400) throw new FetchRefused('redirected');
  if (status !== 200) throw new FetchRefused('status_not_ok');
  const { headers } = answer;
  if (!isExpected(mediaTypeOf(headers['content-type']), types)) throw new FetchRefused('type_unexpected');
  // A few bytes could become very many.
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw new FetchRefused('encoded');
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new FetchRefused('too_large');
  return await readBounded(answer, maxBytes);
}

const isExpected = (type: string | undefined, types: readonly string[]): boolean =>
  type !== undefined &&
  types.some((expected) => (expected.startsWith('+') ? suffixed.test(type) && type.endsWith(expected) : type === expected));

const suffixed = /^application\/[a-z0-9][a-z0-9!#$&^_.-]*\+[a-z]+$/;

async function readBounded(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new FetchRefused('too_large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof FetchRefused ? error : new FetchRefused('broken_off', { cause: error });
  }
  return Buffer.concat(chunks);
}

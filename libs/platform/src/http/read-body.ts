import type { Readable } from 'node:stream';
import { OAuthError } from '@chancery/oauth';

/** The whole body, at most `limit` bytes. Throws OAuthError `invalid_request`: 413 when it is longer, 400 when it broke off. */
export async function readBody(stream: Readable, limit: number, announced?: string): Promise<Buffer> {
  // Said beforehand: nothing of it needs to be read.
  if (Number(announced ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Not destroyed when it is left early: the refusal goes over the same connection.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    // Whoever broke it off may have said why, and answered already.
    throw cause instanceof OAuthError ? cause : new OAuthError('invalid_request', { refusal: 'body_broken_off', cause });
  }
  if (bytes > limit) throw tooLarge();
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'body_too_large',
    status: 413,
    headers: { connection: 'close' },
    description: 'the body is too large',
  });

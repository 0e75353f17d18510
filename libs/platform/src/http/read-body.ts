import type { Readable } from 'node:stream';
import { OAuthError } from '@chancery/oauth';

/** The whole body, at most `limit` bytes. Rejects with OAuthError `invalid_request`: 413 when it is longer, 400 when it broke off. */
export function readBody(stream: Readable, limit: number, announced?: string): Promise<Buffer> {
  // Said beforehand: nothing of it needs to be read.
  if (Number(announced ?? 0) > limit) return Promise.reject(tooLarge());
  if (stream.destroyed) return Promise.reject(brokenOff(stream.errored));
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    // Listeners instead of an async iterator: every request with a body passes here, and an iterator costs more than all that it reads.
    const leave = () => {
      stream.off('data', take).off('end', whole).off('error', broken).off('close', broken);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) return void chunks.push(chunk);
      leave();
      // Not destroyed: the refusal goes over the same connection.
      stream.pause();
      reject(tooLarge());
    };
    const whole = () => {
      leave();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const broken = (cause?: unknown) => {
      leave();
      // Whoever broke it off may have said why, and answered already.
      reject(cause instanceof OAuthError ? cause : brokenOff(cause));
    };
    stream.on('data', take).on('end', whole).on('error', broken).on('close', broken);
  });
}

const brokenOff = (cause: unknown): OAuthError => new OAuthError('invalid_request', { refusal: 'body_broken_off', cause });

const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'body_too_large',
    status: 413,
    headers: { connection: 'close' },
    description: 'the body is too large',
  });

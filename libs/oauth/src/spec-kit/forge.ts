import { createHmac, type KeyObject, sign } from 'node:crypto';

const encode = (part: unknown): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A compact JWS with any header and payload, objects or literal JSON text, correctly signed with ES256: what an attacker with a key can send. */
export const forge = (header: unknown, payload: unknown, key: KeyObject): string =>
  forgeWith(header, payload, (input) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }));

/** The same with another way to sign. */
export function forgeWith(header: unknown, payload: unknown, signer: (input: Buffer) => Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
}

/** HMAC under bytes everybody knows, as in algorithm confusion. */
export const hmac =
  (alg: 'HS256' | 'HS384' | 'HS512', secret: string | Uint8Array) =>
  (input: Buffer): Buffer =>
    createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest();

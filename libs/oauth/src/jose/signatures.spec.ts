import { createPublicKey, sign } from 'node:crypto';
import { CompactSign, compactVerify, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { OAuthError } from '../errors.js';
import type { Algorithm } from './algorithms.js';
import { decodeCompact } from './decode-compact.js';
import { importPublicJwk } from './import-public-jwk.js';
import { signCompact } from './sign-compact.js';
import { verifySignature } from './verify-signature.js';

const algorithms: readonly Algorithm[] = ['ES256', 'PS256', 'Ed25519'];
const refuse = (reason: string) => new OAuthError('invalid_token', { refusal: 'signature_invalid', detail: reason });
const keys = { ES256: generateKey('ES256'), PS256: generateKey('PS256'), Ed25519: generateKey('Ed25519') };
const input = 'header.payload';

describe('signatures', () => {
  it.each(algorithms)('we make with %s verify with jose', async (alg) => {
    const key = keys[alg];
    const token = signCompact({ typ: 'at+jwt', alg, kid: 'k1', jwk: key.publicJwk }, { a: 'ü' }, key.privateKey);
    const { payload, protectedHeader } = await compactVerify(token, await importJWK({ ...key.publicJwk, alg }));
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ a: 'ü' });
    expect(protectedHeader).toEqual({ typ: 'at+jwt', alg, kid: 'k1', jwk: key.publicJwk });
  });

  it.each(algorithms)('jose makes with %s verify with us', async (alg) => {
    const key = keys[alg];
    const token = await new CompactSign(Buffer.from('{"a":1}')).setProtectedHeader({ alg }).sign(key.privateKey);
    const { signingInput, signature } = decodeCompact(token, { maxBytes: 8_192, refuse });
    const { key: publicKey } = importPublicJwk(key.publicJwk);
    expect(verifySignature(alg, publicKey, signingInput, signature)).toBe(true);
    expect(verifySignature(alg, publicKey, `${signingInput}x`, signature)).toBe(false);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['r = s = 0', Buffer.alloc(64)],
    ['65 bytes', Buffer.alloc(65, 1)],
    ['DER', sign('sha256', Buffer.from(input), keys.ES256.privateKey)],
  ])('of ES256 are never %s (S-122)', (_, signature) => {
    expect(verifySignature('ES256', createPublicKey(keys.ES256.privateKey), input, signature)).toBe(false);
  });

  it('of the right key with other padding are not PS256', () => {
    const pkcs1 = sign('sha256', Buffer.from(input), keys.PS256.privateKey);
    expect(verifySignature('PS256', createPublicKey(keys.PS256.privateKey), input, pkcs1)).toBe(false);
  });

  it('of an unknown algorithm are an exception, never verified (S-121)', () => {
    const publicKey = createPublicKey(keys.ES256.privateKey);
    for (const alg of ['none', 'HS256', 'RS256', 'ES384', 'es256'] as unknown[] as Algorithm[]) {
      expect(() => verifySignature(alg, publicKey, input, Buffer.alloc(64))).toThrow('unknown algorithm');
      expect(() => signCompact({ typ: 'x', alg }, {}, keys.ES256.privateKey)).toThrow('unknown algorithm');
    }
  });
});

import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge } from '../spec-kit/forge.js';
import { refusalOf } from '../spec-kit/refused.js';
import { authenticateAccessToken } from './authenticate.js';
import type { AccessTokenClaims } from './claims.js';
import { judgeAccessToken } from './judge.js';
import { readAccessToken } from './read.js';

const issuer = 'https://id.example';
const now = 1_795_429_800;
const signer = generateKey();
const key = { key: createPublicKey(signer.privateKey), alg: 'ES256' } as const;
const claims: AccessTokenClaims = {
  iss: issuer,
  sub: 'ag_A',
  aud: 'https://id.example/demo',
  exp: now + 600,
  iat: now,
  jti: 'tk_1',
  client_id: 'ag_A',
  sub_profile: 'ai_agent',
  grant_id: 'gr_1',
  txn: 'tx_1',
};
const token = (change: object = {}): string =>
  forge({ typ: 'at+jwt', alg: 'ES256', kid: signer.thumbprint }, { ...claims, ...change }, signer.privateKey);
const authentic = (change: object = {}) => authenticateAccessToken(readAccessToken(token(change)), { issuer, key });

describe('an access token that is over, or not for here', () => {
  it.each([
    ['that ended', { exp: now - 1 }, 'token_expired'],
    ['of tomorrow', { iat: now + 61 }, 'token_not_yet_valid'],
    ['not before tomorrow', { nbf: now + 61 }, 'token_not_yet_valid'],
    ['of another resource', { aud: 'https://id.example/other' }, 'token_audience'],
  ])('%s is authentic all the same: whose it was is known when it is refused', (_name, change, refusal) => {
    const known = authentic(change);
    expect([known.claims.client_id, known.kid]).toEqual(['ag_A', signer.thumbprint]);
    const use = { audience: claims.aud, now };
    expect(() => judgeAccessToken(authentic(), use)).not.toThrow();
    expect(refusalOf(() => judgeAccessToken(known, use))).toEqual({ code: 'invalid_token', refusal });
  });

  it('is nobody’s when its signature does not hold', () => {
    const stranger = { key: createPublicKey(generateKey().privateKey), alg: 'ES256' } as const;
    const read = readAccessToken(token({ exp: now - 1 }));
    const forged = { code: 'invalid_token', refusal: 'signature_invalid' };
    expect(refusalOf(() => authenticateAccessToken(read, { issuer, key: stranger }))).toEqual(forged);
    expect(refusalOf(() => authenticateAccessToken(read, { issuer, key: undefined }))).toEqual(forged);
  });
});

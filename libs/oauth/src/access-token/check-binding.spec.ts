import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import type { VerifiedProof } from '../dpop/verify-proof.js';
import { refusalOf } from '../spec-kit/refused.js';
import { checkBinding } from './check-binding.js';
import type { AccessTokenClaims } from './claims.js';

const key = generateKey();
const unbound: AccessTokenClaims = {
  iss: 'https://id.example',
  sub: 'ag_A',
  aud: 'https://id.example/demo',
  exp: 2,
  iat: 1,
  jti: 'tk_1',
  client_id: 'ag_A',
  sub_profile: 'ai_agent',
  grant_id: 'gr_1',
  txn: 'tx_1',
};
const bound: AccessTokenClaims = { ...unbound, cnf: { jkt: key.thumbprint } };
const proof: VerifiedProof = { jwk: key.publicJwk, thumbprint: key.thumbprint, jti: 'j', iat: 1, end: 2, ath: 'hash' };
const { ath: _, ...tokenless } = proof;
const mismatch = { code: 'invalid_token', refusal: 'binding_mismatch' };

describe('the binding of a token', () => {
  it('holds for a bound token with a proof of its key, and for an unbound one under Bearer', () => {
    expect(() => checkBinding(bound, 'DPoP', proof)).not.toThrow();
    expect(() => checkBinding(unbound, 'Bearer', undefined)).not.toThrow();
  });

  it.each([
    ['a bound token as Bearer (DPOP-10)', bound, 'Bearer', undefined],
    ['a bound token as Bearer, though proven', bound, 'Bearer', proof],
    ['an unbound token under DPoP (DPOP-10)', unbound, 'DPoP', proof],
    ['an unbound token under DPoP without a proof', unbound, 'DPoP', undefined],
    ['an unbound token with a proof nobody asked for (WIRE-20)', unbound, 'Bearer', proof],
    ['a proof of another key (DPOP-09)', bound, 'DPoP', { ...proof, thumbprint: generateKey().thumbprint }],
    ['a proof that was made for no token (DPOP-08)', bound, 'DPoP', tokenless],
  ] as const)('is refused for %s (S-105)', (_name, claims, scheme, given) => {
    expect(refusalOf(() => checkBinding(claims, scheme, given))).toEqual(mismatch);
  });

  it('is refused without a proof', () => {
    expect(refusalOf(() => checkBinding(bound, 'DPoP', undefined))).toEqual({ code: 'invalid_dpop_proof', refusal: 'proof_invalid' });
  });
});

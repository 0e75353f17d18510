import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge, forgeWith, hmac } from '../spec-kit/forge.js';
import { refusalOf } from '../spec-kit/refused.js';
import { makeAssertion } from './make-assertion.js';
import { type AssertionRequest, verifyClientAssertion } from './private-key-jwt.js';

const issuer = 'https://id.example';
const now = 1_795_429_800;
const key = generateKey();
const other = generateKey();
const kid = key.thumbprint;
const client = { clientId: 'ag_J', jwks: { keys: [{ ...key.publicJwk, kid: 'k1' }] } };
const header = { typ: 'client-authentication+jwt', alg: 'ES256', kid: 'k1' };
const claims = { iss: 'ag_J', sub: 'ag_J', aud: issuer, jti: 'j1', iat: now, exp: now + 60 };
const invalid = { code: 'invalid_client', refusal: 'assertion_invalid' };
const unsigned = { code: 'invalid_client', refusal: 'signature_invalid' };

const verify = (assertion: string, request: Partial<AssertionRequest> = {}) =>
  verifyClientAssertion({ assertion, client, issuer, now, ...request });
const withHeader = (members: object) => forge({ ...header, ...members }, claims, key.privateKey);
const withClaims = (members: object) => forge(header, { ...claims, ...members }, key.privateKey);

describe('a client assertion', () => {
  it('is accepted, and says which, by which key, and how long it is remembered (CLA-11)', () => {
    expect(verify(forge(header, claims, key.privateKey))).toEqual({ jti: 'j1', iss: 'ag_J', exp: now + 60, kid, end: now + 70 });
  });

  it('is remembered from its signed end alone, rounded up', () => {
    expect(verify(withClaims({ exp: now + 60.2 })).end).toBe(now + 71);
  });

  it.each(['ES256', 'PS256', 'Ed25519'] as const)('made by us with %s verifies with jose and with us', async (alg) => {
    const made = generateKey(alg);
    const assertion = makeAssertion({ clientId: 'ag_J', issuer, key: made, now: now + 0.7, jti: 'j2', lifetime: 30 });
    const jwks = { keys: [{ ...made.publicJwk, alg }] };
    const { payload, protectedHeader } = await jwtVerify(
      assertion,
      createLocalJWKSet({ keys: [{ ...made.publicJwk, alg, kid: made.thumbprint }] }),
      {
        issuer: 'ag_J',
        subject: 'ag_J',
        audience: issuer,
        currentDate: new Date(now * 1_000),
      },
    );
    expect(payload).toEqual({ iss: 'ag_J', sub: 'ag_J', aud: issuer, jti: 'j2', iat: now, exp: now + 30 });
    expect(protectedHeader).toEqual({ typ: 'client-authentication+jwt', alg, kid: made.thumbprint });
    expect(verify(assertion, { client: { clientId: 'ag_J', jwks } }).kid).toBe(made.thumbprint);
  });

  it('made by jose verifies with us', async () => {
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey);
    expect(verify(assertion).kid).toBe(kid);
  });

  it.each(['client-authentication+jwt', 'JWT', 'application/client-authentication+jwt', undefined])('may have typ %s (CLA-09)', (typ) => {
    expect(verify(withHeader({ typ })).jti).toBe('j1');
  });

  it.each(['at+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 'secevent+jwt', ''])('may not have typ %j (CLA-09, CLA-13)', (typ) => {
    expect(refusalOf(() => verify(withHeader({ typ })))).toEqual(unsigned);
  });

  it.each([
    ['the token endpoint', `${issuer}/token`],
    ['the PAR endpoint', `${issuer}/par`],
    ['the issuer with a slash', `${issuer}/`],
    ['another issuer', 'https://other.example'],
    ['the issuer in a list', [issuer]],
    ['the issuer and another', [issuer, 'https://other.example']],
    ['nobody', undefined],
    ['null', null],
    ['the issuer in capitals', issuer.toUpperCase()],
  ])('is refused for %s (CLA-08, S-069)', (_, aud) => {
    expect(refusalOf(() => verify(withClaims({ aud })))).toEqual({ code: 'invalid_client', refusal: 'assertion_audience' });
  });

  it.each([
    ['another iss', { iss: 'ag_X' }],
    ['another sub', { sub: 'ag_X' }],
    ['no sub', { sub: undefined }],
    ['no jti (S-070)', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti of 257 characters', { jti: 'j'.repeat(257) }],
    ['a jti that is a number', { jti: 7 }],
    ['no exp', { exp: undefined }],
    ['exp as a string', { exp: String(now + 60) }],
    ['exp this second', { exp: now }],
    ['exp past', { exp: now - 1 }],
    ['exp 301 s ahead', { exp: now + 301 }],
    ['iat 11 s ahead', { iat: now + 11 }],
    ['iat 301 s old', { iat: now - 301 }],
    ['iat as a string', { iat: String(now) }],
    ['iat null', { iat: null }],
    ['nbf 11 s ahead', { nbf: now + 11 }],
    ['nbf as a string', { nbf: '0' }],
  ])('is refused with %s (CLA-07, CLA-10, JOSE-06)', (_, members) => {
    expect(refusalOf(() => verify(withClaims(members)))).toEqual(invalid);
  });

  it.each([
    ['exp 300 s ahead', { exp: now + 300 }],
    ['exp in a second', { exp: now + 1 }],
    ['iat and nbf 10 s ahead', { iat: now + 10, nbf: now + 10 }],
    ['iat 300 s old', { iat: now - 300 }],
    ['no iat', { iat: undefined }],
    ['claims it does not need', { scope: 'x', nonce: 1 }],
  ])('is accepted with %s (CLA-10)', (_, members) => {
    expect(verify(withClaims(members)).jti).toBe('j1');
  });

  it.each([
    ['of another key', forge(header, claims, other.privateKey)],
    ['under another kid', withHeader({ kid: 'k2' })],
    ['with alg none (S-114)', withHeader({ alg: 'none' })],
    ['with alg None', withHeader({ alg: 'None' })],
    ['with alg RS256 (S-115)', withHeader({ alg: 'RS256' })],
    ['with alg PS256', withHeader({ alg: 'PS256' })],
    ['with its own jwk (JOSE-04)', forge({ ...header, jwk: other.publicJwk }, claims, other.privateKey)],
    ['with a jku', forge({ ...header, jku: 'https://evil.example/jwks' }, claims, other.privateKey)],
    ['cut short', forge(header, claims, key.privateKey).slice(0, -4)],
    ['five parts long (S-119)', `${forge(header, claims, key.privateKey)}.AAAA.AAAA`],
  ])('is refused when it is %s', (_, assertion) => {
    expect(refusalOf(() => verify(assertion))).toEqual(unsigned);
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('is refused as %s keyed by the public key in any form (S-115)', (alg) => {
    const publicKey = createPublicKey(key.privateKey);
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const secrets = [pem, pem.trim(), `\uFEFF${pem}`, publicKey.export({ type: 'spki', format: 'der' }), JSON.stringify(key.publicJwk)];
    for (const secret of secrets)
      expect(refusalOf(() => verify(forgeWith({ ...header, alg }, claims, hmac(alg, secret))))).toEqual(unsigned);
  });

  it('may name its key by thumbprint where the client gave it no kid, or not name it at all', () => {
    const unnamed = { clientId: 'ag_J', jwks: { keys: [other.publicJwk, key.publicJwk] } };
    expect(verify(withHeader({ kid }), { client: unnamed }).kid).toBe(kid);
    expect(verify(withHeader({ kid: undefined }), { client: unnamed }).kid).toBe(kid);
    expect(refusalOf(() => verify(withHeader({ kid: other.thumbprint }), { client: unnamed }))).toEqual(unsigned);
  });

  it('is bound to the algorithm the client fixed (CLA-12)', () => {
    expect(verify(withHeader({}), { client: { ...client, signingAlg: 'ES256' } }).kid).toBe(kid);
    expect(refusalOf(() => verify(withHeader({}), { client: { ...client, signingAlg: 'PS256' } }))).toEqual(unsigned);
  });

  it('is tried against every key that is registered: how many may be is registration’s to bound', () => {
    const keys = [...Array.from({ length: 8 }, () => generateKey().publicJwk), key.publicJwk];
    expect(verify(withHeader({ kid: undefined }), { client: { clientId: 'ag_J', jwks: { keys } } }).kid).toBe(kid);
  });

  it('of a client nobody knows is refused with the same answer (CLA-03)', () => {
    expect(refusalOf(() => verify(withHeader({}), { client: undefined }))).toEqual({ code: 'invalid_client', refusal: 'agent_unknown' });
  });
});

describe('a time in a client assertion', () => {
  it.each(['exp', 'nbf', 'iat'])('is a finite number: %s is refused otherwise, also where it is too large for one', (name) => {
    for (const value of ['-1e999', '1e999', '"1"', 'null']) {
      const others = Object.entries(claims).filter(([member]) => member !== name);
      const members = [...others.map(([member, said]) => `"${member}":${JSON.stringify(said)}`), `"${name}":${value}`];
      expect(refusalOf(() => verify(forge(header, `{${members.join()}}`, key.privateKey)))).toEqual(invalid);
    }
  });
});

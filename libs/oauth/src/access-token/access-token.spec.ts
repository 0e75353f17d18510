import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge, forgeWith, hmac } from '../spec-kit/forge.js';
import { refusalOf, refusedOrPassed } from '../spec-kit/refused.js';
import type { AccessTokenClaims } from './claims.js';
import { checkTokenSize, mintAccessToken } from './mint.js';
import { type AccessTokenRequest, verifyAccessToken } from './verify.js';

const issuer = 'https://id.example';
const audience = 'https://id.example/demo';
const now = 1_795_429_800;
const key = generateKey();
const proofKey = generateKey();
const signing = { kid: key.thumbprint, alg: 'ES256', privateKey: key.privateKey } as const;
const publicKey = createPublicKey(key.privateKey);
const header = { typ: 'at+jwt', alg: 'ES256', kid: key.thumbprint };

const claims: AccessTokenClaims = {
  iss: issuer,
  sub: 'ag_A',
  aud: audience,
  exp: now + 600,
  iat: now,
  jti: 'tk_1',
  client_id: 'ag_A',
  scope: 'demo:read',
  sub_profile: 'ai_agent',
  cnf: { jkt: proofKey.thumbprint },
  grant_id: 'gr_1',
  txn: 'tx_1',
};
const full: AccessTokenClaims = {
  ...claims,
  act: { iss: issuer, sub: 'ag_B', sub_profile: 'ai_agent', act: { iss: issuer, sub: 'ag_C', sub_profile: 'service' } },
  lineage: [
    { grant: 'gr_0', agent: 'ag_C', key: proofKey.thumbprint, iat_id: 'it_1', kid: 'k7', sw: 'x@1', src: 'https://other.example' },
    { grant: 'gr_9', agent: 'ag_D', kid: 'k7' },
  ],
  sw: 'calendar-agent@2.3.1',
  iat_id: 'it_2',
  auth_time: now - 100,
  acr: 'urn:mfa',
  amr: ['hwk', 'user'],
};

const verify = (token: string, request: Partial<AccessTokenRequest> = {}) =>
  verifyAccessToken(token, {
    issuer,
    audience,
    keys: (kid) => (kid === key.thumbprint ? { key: publicKey, alg: 'ES256' } : undefined),
    now,
    ...request,
  });
const withClaims = (members: object) => forge(header, { ...claims, ...members }, key.privateKey);
const withHeader = (members: object) => forge({ ...header, ...members }, claims, key.privateKey);
const unsigned = { code: 'invalid_token', refusal: 'signature_invalid' };
const reason = (members: object) => refusalOf(() => verify(withClaims(members)));

describe('an access token', () => {
  it('is read as it was minted', () => {
    expect(verify(mintAccessToken(claims, signing))).toEqual(claims);
    expect(verify(mintAccessToken(full, signing))).toEqual(full);
  });

  it('is what RFC 9068 says, by jose', async () => {
    const token = mintAccessToken(full, signing);
    const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
      issuer,
      audience,
      typ: 'at+jwt',
      currentDate: new Date(now * 1_000),
    });
    expect(payload).toEqual(full);
    expect(protectedHeader).toEqual(header); // ATK-01
  });

  it('made by jose verifies', async () => {
    expect(verify(await new SignJWT({ ...claims }).setProtectedHeader(header).sign(key.privateKey))).toEqual(claims);
  });

  it('is refused at issuance when it would be larger than 4 KiB (ATK-05)', () => {
    const amr = Array.from({ length: 200 }, () => 'x'.repeat(20));
    expect(refusalOf(() => mintAccessToken({ ...claims, amr }, signing))).toEqual({ code: 'invalid_request', refusal: 'token_too_large' });
  });

  it.each(['ES256', 'Ed25519'] as const)('of %s is known to be too large before it is signed, to the byte', (alg) => {
    const own = generateKey(alg);
    const withKey = { kid: own.thumbprint, alg, privateKey: own.privateKey };
    const sized = (length: number) => ({ ...claims, acr: 'x'.repeat(length) });
    for (let length = 2_300; length < 2_700; length++) {
      const minted = refusedOrPassed(() => mintAccessToken(sized(length), withKey));
      expect(
        refusedOrPassed(() => checkTokenSize(sized(length), withKey)),
        String(length),
      ).toEqual(minted);
    }
  });

  it.each([
    ['no typ', { typ: undefined }],
    ['typ JWT', { typ: 'JWT' }],
    ['typ dpop+jwt', { typ: 'dpop+jwt' }],
    ['no kid', { kid: undefined }],
    ['a kid nobody has (S-116)', { kid: '../../etc/passwd' }],
    ['alg none (S-114)', { alg: 'none' }],
    ['alg nOnE', { alg: 'nOnE' }],
    ['alg RS256 over an EC key (S-115)', { alg: 'RS256' }],
    ['alg PS256', { alg: 'PS256' }],
    ['alg EdDSA', { alg: 'EdDSA' }],
    ['crit', { crit: ['kid'] }],
  ])('is refused with %s (GW-03, S-117)', (_, members) => {
    expect(refusalOf(() => verify(withHeader(members)))).toEqual(unsigned);
  });

  it('is refused when somebody else signed it, also with the key in its header (JOSE-04)', () => {
    const mallory = generateKey();
    expect(refusalOf(() => verify(forge(header, claims, mallory.privateKey)))).toEqual(unsigned);
    expect(refusalOf(() => verify(forge({ ...header, jwk: mallory.publicJwk }, claims, mallory.privateKey)))).toEqual(unsigned);
  });

  it('is refused where our key is registered for an algorithm that is not accepted', () => {
    const found = { key: publicKey, alg: 'RS256' as unknown as 'ES256' };
    expect(refusalOf(() => verify(withHeader({ alg: 'RS256' }), { keys: () => found }))).toEqual(unsigned);
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('is refused as %s keyed by the public key in any form (S-115)', (alg) => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const secrets = [
      pem,
      pem.trim(),
      `${pem} `,
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(key.publicJwk),
      key.thumbprint,
    ];
    for (const secret of secrets)
      expect(refusalOf(() => verify(forgeWith({ ...header, alg }, claims, hmac(alg, secret))))).toEqual(unsigned);
  });

  it('has one spelling (S-042)', () => {
    const token = mintAccessToken(claims, signing);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'Aa0_-=. \n+/'.split('')), fc.boolean(), (at, char, insert) => {
        const spelling = token.slice(0, at) + char + token.slice(insert ? at : at + 1);
        fc.pre(spelling !== token);
        expect(refusedOrPassed(() => verify(spelling))?.code).toBe('invalid_token');
      }),
      { numRuns: 500 },
    );
  });

  it('ends in the second it says (GW-03)', () => {
    expect(verify(withClaims({}), { now: claims.exp - 0.001 }).jti).toBe('tk_1');
    expect(refusalOf(() => verify(withClaims({}), { now: claims.exp }))).toEqual({ code: 'invalid_token', refusal: 'token_expired' });
  });

  it('begins at most 60 s ahead of the verifier', () => {
    const early = { code: 'invalid_token', refusal: 'token_not_yet_valid' };
    expect(verify(withClaims({ iat: now + 60, nbf: now + 60 })).jti).toBe('tk_1');
    expect([reason({ iat: now + 61 }), reason({ nbf: now + 61 }), reason({ nbf: String(now) })]).toEqual([early, early, early]);
  });

  it.each([
    ['another issuer', { iss: 'https://other.example' }, 'token_issuer'],
    ['the issuer with a slash', { iss: `${issuer}/` }, 'token_issuer'],
    ['another audience', { aud: 'https://id.example/other' }, 'token_audience'],
    ['a list of audiences (ATK-02)', { aud: [audience] }, 'token_malformed'],
  ])('is refused with %s (GW-03)', (_, members, refusal) => {
    expect(reason(members)).toEqual({ code: 'invalid_token', refusal });
  });

  it('may be for any resource where no audience is asked', () => {
    const { audience: _, ...anywhere } = { issuer, audience, keys: () => ({ key: publicKey, alg: 'ES256' as const }), now };
    expect(verifyAccessToken(withClaims({ aud: 'https://id.example/other' }), anywhere).aud).toBe('https://id.example/other');
  });

  it.each([
    ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'sub_profile', 'grant_id', 'txn'].map((name): [string, object] => [
      `no ${name}`,
      { [name]: undefined },
    ]),
    ...['iss', 'sub', 'jti', 'client_id', 'grant_id', 'txn', 'scope'].map((name): [string, object] => [`an empty ${name}`, { [name]: '' }]),
    ['exp as a string', { exp: String(now + 600) }],
    ['iat null', { iat: null }],
    ['sub as a number', { sub: 1 }],
    ['scope as a list', { scope: ['demo:read'] }],
    ['another profile', { sub_profile: 'root' }],
    ['lineage as an object', { lineage: {} }],
    ['a hop without its grant', { lineage: [{ agent: 'ag_C', kid: 'k7' }] }],
    ['17 hops', { lineage: Array.from({ length: 17 }, () => ({ grant: 'g', agent: 'a', kid: 'k' })) }],
    ['act as a string', { act: 'ag_B' }],
    ['act without sub', { act: { iss: issuer, sub_profile: 'ai_agent' } }],
    ['act null', { act: null }],
    ['amr as a string', { amr: 'hwk' }],
    ['auth_time as a string', { auth_time: '1' }],
  ] satisfies [string, object][])('is refused with %s: nothing is coerced (JOSE-06)', (_, members) => {
    expect(reason(members)).toEqual({ code: 'invalid_token', refusal: 'token_malformed' });
  });

  it.each([
    ['empty', {}],
    ['null', null],
    ['with an unknown member', { jkt: proofKey.thumbprint, kid: 'x' }],
    ['with a certificate we cannot check', { 'x5t#S256': proofKey.thumbprint }],
    ['with two members', { jkt: proofKey.thumbprint, 'x5t#S256': proofKey.thumbprint }],
    ['with an empty thumbprint', { jkt: '' }],
    ['with a null thumbprint', { jkt: null }],
    ['a list', [proofKey.thumbprint]],
  ])('is refused with cnf %s (GW-04, S-105)', (_, cnf) => {
    expect(reason({ cnf })).toEqual({ code: 'invalid_token', refusal: 'token_malformed' });
  });

  it('is refused for actors too deep before its signature is looked at (WIRE-07)', () => {
    const nest = (depth: number): object => ({
      iss: issuer,
      sub: 'a',
      sub_profile: 'service',
      ...(depth > 1 ? { act: nest(depth - 1) } : {}),
    });
    expect(verify(withClaims({ act: nest(12) })).act).toBeDefined();
    const nobodys = forge(header, { ...claims, act: nest(13) }, generateKey().privateKey);
    expect(refusalOf(() => verify(nobodys))).toEqual({ code: 'invalid_token', refusal: 'token_malformed' });
  });

  it('keeps claims it does not know to itself', () => {
    expect(verify(withClaims({ email: 'u@example.com', admin: true }))).toEqual(claims);
  });

  it('as the subject of an exchange is answered with invalid_request (EXC-06)', () => {
    const refused = (token: string) => refusalOf(() => verify(token, { entry: 'subject-token' }));
    expect(verify(withClaims({}), { entry: 'subject-token' })).toEqual(claims);
    expect(refused('x')).toEqual({ code: 'invalid_request', refusal: 'signature_invalid' });
    expect(refused(withHeader({ typ: 'dpop+jwt' }))).toEqual({ code: 'invalid_request', refusal: 'signature_invalid' });
    expect(refused(withClaims({ exp: now }))).toEqual({ code: 'invalid_request', refusal: 'token_expired' });
  });
});

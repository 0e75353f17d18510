import { createPublicKey, sign } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge, forgeWith, hmac } from '../spec-kit/forge.js';
import { refusalOf } from '../spec-kit/refused.js';
import { makeProof } from './make-proof.js';
import { type ProofRequest, verifyProof } from './verify-proof.js';
import { gatewayWindow, serverWindow } from './window.js';

const url = 'https://id.example/token';
const now = 1_795_429_800;
const key = generateKey();
const { publicJwk: jwk, privateKey } = key;
const header = { typ: 'dpop+jwt', alg: 'ES256', jwk };
const claims = { jti: 'j1', htm: 'POST', htu: url, iat: now };
const proven = { code: 'invalid_dpop_proof', refusal: 'proof_invalid' };

const verify = (proof: ProofRequest['header'], request: Partial<ProofRequest> = {}) =>
  verifyProof({ header: proof, method: 'POST', url, now, window: serverWindow, ...request });
const withHeader = (members: object) => forge({ ...header, ...members }, claims, privateKey);
const withClaims = (members: object) => forge(header, { ...claims, ...members }, privateKey);

describe('a DPoP proof', () => {
  it('is accepted, and says whose key, which proof, and how long it is remembered', () => {
    expect(verify(forge(header, claims, privateKey))).toEqual({ jwk, thumbprint: key.thumbprint, jti: 'j1', iat: now, end: now + 70 });
    expect(verify([forge(header, claims, privateKey)]).jti).toBe('j1');
  });

  it.each(['ES256', 'PS256', 'Ed25519'] as const)('made by us with %s verifies with jose', async (alg) => {
    const made = generateKey(alg);
    const proof = makeProof({ key: made, method: 'POST', url: `${url}?x=1#f`, now: now + 0.5, jti: 'j2' });
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(now * 1_000) });
    expect(payload).toEqual({ jti: 'j2', htm: 'POST', htu: url, iat: now });
    expect(await calculateJwkThumbprint(protectedHeader.jwk ?? {})).toBe(verify(proof).thumbprint);
  });

  it('made by jose verifies with us, EdDSA under its older name too', async () => {
    for (const alg of ['ES256', 'PS256', 'Ed25519'] as const) {
      const made = generateKey(alg);
      const named = alg === 'Ed25519' ? 'EdDSA' : alg;
      const signer = new SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: named, jwk: { ...made.publicJwk } });
      expect(verify(await signer.sign(made.privateKey)).thumbprint).toBe(made.thumbprint);
    }
  });

  it('is judged by itself, however often its header was seen', () => {
    const [head = '', body = '', signature = ''] = forge(header, claims, privateKey).split('.');
    expect(verify(`${head}.${body}.${signature}`).thumbprint).toBe(key.thumbprint);
    const [, other = '', ofOther = ''] = forge(header, { ...claims, jti: 'j2' }, privateKey).split('.');
    for (const wrong of [`${head}.${other}.${signature}`, `${head}.${body}.${ofOther}`, `${head}.${body}.${'A'.repeat(86)}`])
      expect(refusalOf(() => verify(wrong))).toEqual(proven);
    expect(verify(`${head}.${other}.${ofOther}`).jti).toBe('j2');
  });

  it('of a header that is refused is refused again', () => {
    for (const members of [{ typ: 'at+jwt' }, { alg: 'PS256' }, { jwk: { ...jwk, d: 'x' } }, { crit: [] }])
      for (let times = 0; times < 2; times++) expect(refusalOf(() => verify(withHeader(members)))).toEqual(proven);
  });

  it('is read as RFC 9449 §4.1 shows it', () => {
    const example =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';
    expect(verify(example, { url: 'https://server.example.com/token', now: 1_562_262_616 })).toMatchObject({
      jti: '-BwC3ESc6acc2lTc',
      thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    });
  });

  it.each([
    ['no field', undefined],
    ['no value', []],
    ['an empty field', ''],
    ['two fields', [forge(header, claims, privateKey), forge(header, { ...claims, jti: 'j9' }, privateKey)]],
    ['the same twice', [forge(header, claims, privateKey), forge(header, claims, privateKey)]],
    ['a comma list', `${forge(header, claims, privateKey)}, ${forge(header, claims, privateKey)}`],
  ])('is refused with %s (DPOP-01)', (_, proof) => {
    expect(refusalOf(() => verify(proof))).toEqual(proven);
  });

  it.each([
    ['no typ', { typ: undefined }],
    ['typ JWT', { typ: 'JWT' }],
    ['typ of an access token', { typ: 'at+jwt' }],
    ['no alg', { alg: undefined }],
    ['alg none', { alg: 'none' }],
    ['alg nOnE', { alg: 'nOnE' }],
    ['alg of another key kind', { alg: 'PS256' }],
    ['alg RS256', { alg: 'RS256' }],
    ['alg ES384', { alg: 'ES384' }],
    ['alg HS256', { alg: 'HS256' }],
    ['no jwk', { jwk: undefined }],
    ['jwk as a string', { jwk: JSON.stringify(jwk) }],
    ['a private jwk', { jwk: privateKey.export({ format: 'jwk' }) }],
    ['a symmetric jwk', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a jwk for another alg', { jwk: { ...jwk, alg: 'ES384' } }],
    ['the jwk of somebody else', { jwk: generateKey().publicJwk }],
    ['crit', { crit: ['jwk'] }],
  ])('is refused with %s in its header (DPOP-02, S-101)', (_, members) => {
    expect(refusalOf(() => verify(withHeader(members)))).toEqual(proven);
  });

  it.each([
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 1 }],
    ['a jti of 257 characters', { jti: 'j'.repeat(257) }],
    ['no htm', { htm: undefined }],
    ['another method', { htm: 'GET' }],
    ['the method in lower case', { htm: 'post' }],
    ['no htu', { htu: undefined }],
    ['htu as an array', { htu: [url] }],
    ['htu as an object', { htu: { url } }],
    ['another path', { htu: `${url}/` }],
    ['another host', { htu: 'https://evil.example/token' }],
    ['no iat', { iat: undefined }],
    ['iat as a string', { iat: String(now) }],
    ['a negative iat', { iat: -now }],
    ['an hour ago', { iat: now - 3_600 }],
    ['in an hour', { iat: now + 3_600 }],
    ['iat null', { iat: null }],
  ])('is refused with %s in its claims (DPOP-03, S-101)', (_, members) => {
    expect(refusalOf(() => verify(withClaims(members)))).toEqual(proven);
  });

  it('is refused when iat is too big to be a number', () => {
    const text = JSON.stringify({ ...claims, iat: 0 }).replace('"iat":0', '"iat":1e400');
    expect(refusalOf(() => verify(forge(header, text, privateKey)))).toEqual(proven);
  });

  it('is accepted with a jti of 256 characters, odd claims and headers, and query, fragment, default port and case in htu (DPOP-17, S-101)', () => {
    expect(verify(withClaims({ jti: 'j'.repeat(256) })).jti).toHaveLength(256);
    expect(verify(withClaims({ sub: 1, nonce: 'n', ath: 'x' })).jti).toBe('j1');
    expect(verify(withHeader({ kid: 'x', jku: 'https://evil.example', x5u: 'y' })).jti).toBe('j1');
    expect(verify(withClaims({ htu: 'HTTPS://ID.example:443/token?a#b' })).jti).toBe('j1');
  });

  it('is refused when one bit of the signature, or what was signed, changed', () => {
    const proof = forge(header, claims, privateKey);
    const broken = forgeWith(header, claims, (input) => {
      const bytes = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      return bytes;
    });
    const moved = `${forge(header, { ...claims, jti: 'j2' }, privateKey)
      .split('.')
      .slice(0, 2)
      .join('.')}.${proof.split('.')[2]}`;
    expect(verify(proof).jti).toBe('j1');
    expect(refusalOf(() => verify(broken))).toEqual(proven);
    expect(refusalOf(() => verify(moved))).toEqual(proven);
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('is refused as %s keyed by the public key in any form (S-115)', (alg) => {
    const publicKey = createPublicKey(privateKey);
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const secrets = [
      pem,
      pem.trim(),
      `\uFEFF${pem}`,
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
      key.thumbprint,
    ];
    for (const secret of secrets) expect(refusalOf(() => verify(forgeWith({ ...header, alg }, claims, hmac(alg, secret))))).toEqual(proven);
  });
});

describe('the window of a proof', () => {
  it.each([
    [serverWindow, -60, 10],
    [gatewayWindow, -300, 60],
    [{ ...gatewayWindow, past: 120 }, -120, 60],
  ])('of %o is from %i to +%i s, both included (DPOP-06)', (window, first, last) => {
    const at = (offset: number) => verify(withClaims({ iat: now + offset }), { window });
    expect(at(first).iat).toBe(now + first);
    expect(at(last).iat).toBe(now + last);
    for (const offset of [first - 0.5, last + 0.5]) expect(refusalOf(() => at(offset))).toEqual(proven);
  });

  it('never outlasts the memory: a proof is accepted in no second after its end (S-102)', () => {
    for (const window of [serverWindow, gatewayWindow])
      for (let offset = -window.past; offset <= window.future; offset += 1) {
        const proof = withClaims({ iat: now + offset });
        const { end } = verify(proof, { window });
        expect(end).toBe(now + offset + window.past + window.future);
        expect(refusalOf(() => verify(proof, { window, now: end }))).toEqual(proven);
      }
  });

  it('takes fractions of seconds, and remembers the longer second', () => {
    expect(verify(withClaims({ iat: now + 0.25 }), { now: now + 60.25 }).end).toBe(now + 71);
  });

  it('has one memory per kind of place, whatever a route is set to', () => {
    const proof = forge(header, claims, privateKey);
    const ends = [gatewayWindow, { ...gatewayWindow, past: 30 }, { past: 5, future: 5 }].map((window) => verify(proof, { window }).end);
    expect(ends).toEqual([now + 360, now + 360, now + 360]);
  });

  it('wider than its memory is a mistake in configuration, never a replay', () => {
    for (const window of [
      { past: 600, future: 60 },
      { ...serverWindow, past: 61 },
      { past: Number.NaN, future: 1 },
    ])
      expect(() => verify(forge(header, claims, privateKey), { window })).toThrow(RangeError);
  });
});

describe('a proof beside an access token', () => {
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
  const ath = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo'; // RFC 9449 §7.1

  it('is accepted with its hash, as RFC 9449 §7.1 shows it', () => {
    expect(verify(withClaims({ ath }), { accessToken, expectedThumbprint: key.thumbprint })).toMatchObject({
      ath,
      thumbprint: key.thumbprint,
    });
    expect(verify(makeProof({ key, method: 'POST', url, now, accessToken }), { accessToken }).ath).toBe(ath);
  });

  it.each([
    ['absent', undefined],
    ['of another token', `${ath.slice(0, -1)}A`],
    ['padded', `${ath}=`],
    ['a list', [ath]],
  ])('is refused with ath %s (DPOP-08)', (_, value) => {
    expect(refusalOf(() => verify(withClaims({ ath: value }), { accessToken }))).toEqual({
      code: 'invalid_token',
      refusal: 'proof_invalid',
    });
  });

  it('is refused when it is of another key than expected (DPOP-09)', () => {
    const expectedThumbprint = generateKey().thumbprint;
    expect(refusalOf(() => verify(withClaims({ ath }), { accessToken, expectedThumbprint }))).toEqual({
      code: 'invalid_token',
      refusal: 'binding_mismatch',
    });
    expect(refusalOf(() => verify(withClaims({}), { expectedThumbprint }))).toEqual({ code: 'invalid_grant', refusal: 'binding_mismatch' });
  });
});

describe('what a DPoP proof is for', () => {
  it('is stated where no token was given, and stays unsaid where the proof does not say', () => {
    expect(verify(withClaims({ ath: 'h' })).statedAth).toBe('h');
    for (const ath of [undefined, 7, null, ['h']]) expect(verify(withClaims({ ath }))).not.toHaveProperty('statedAth');
  });

  it('is never matched by an address that cannot be read: two unreadable ones are not the same', () => {
    expect(refusalOf(() => verify(withClaims({ htu: 'nonsense' }), { url: 'elsewhere' }))).toEqual(proven);
  });
});

import { generateKey } from '@chancery/oauth/client';
import { type Change, forgeProof, jws, newJti, now, type Proven } from './forge.js';

type Bad = [name: string, make: (honest: Proven) => string];

const changed = (name: string, change: (honest: Proven) => Change): Bad => [name, (honest) => forgeProof(honest, change(honest))];
const stranger = generateKey();

/** What is no DPoP proof for the request at hand, wherever it is shown (RFC 9449 §4.3, DPOP-01 to DPOP-07). */
export const badProofs: readonly Bad[] = [
  ['that is no JWT', () => 'proof'],
  ['that is empty', () => ''],
  ['twice in one field', (honest) => `${forgeProof(honest)}, ${forgeProof(honest)}`],
  ['over 8 KiB', (honest) => forgeProof(honest, { claims: { pad: 'x'.repeat(8_192) } })],
  [
    'with a member twice',
    (honest) =>
      jws(
        `{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256","jwk":${JSON.stringify(honest.key.publicJwk)}}`,
        { jti: newJti(), htm: honest.method ?? 'POST', htu: honest.url, iat: now() },
        honest.key.privateKey,
      ),
  ],
  changed('of type JWT', () => ({ header: { typ: 'JWT' } })),
  changed('of type at+jwt', () => ({ header: { typ: 'at+jwt' } })),
  changed('without a type', () => ({ header: { typ: undefined } })),
  changed('without an algorithm', () => ({ header: { alg: 'none' }, signer: 'nobody' })),
  changed('signed with a shared secret', ({ key }) => ({ header: { alg: 'HS256' }, signer: { secret: JSON.stringify(key.publicJwk) } })),
  changed('that says another algorithm than its key', () => ({ header: { alg: 'PS256' } })),
  changed('with crit', () => ({ header: { crit: ['exp'] } })),
  changed('without a key', () => ({ header: { jwk: undefined } })),
  changed('with a private key', ({ key }) => ({ header: { jwk: key.privateKey.export({ format: 'jwk' }) } })),
  changed('with a shared secret as its key', () => ({ header: { jwk: { kty: 'oct', k: 'c2VjcmV0c2VjcmV0' } } })),
  changed('with a key elsewhere', () => ({ header: { jwk: undefined, jku: 'https://keys.example/jwks' } })),
  changed('signed by another key', () => ({ signer: stranger.privateKey })),
  changed('without jti', () => ({ claims: { jti: undefined } })),
  changed('with a number for a jti', () => ({ claims: { jti: 7 } })),
  changed('with a jti of 257 characters', () => ({ claims: { jti: 'j'.repeat(257) } })),
  changed('of another method', () => ({ claims: { htm: 'PUT' } })),
  changed('of the method in small letters', ({ method = 'POST' }) => ({ claims: { htm: method.toLowerCase() } })),
  changed('without a method', () => ({ claims: { htm: undefined } })),
  changed('of another path', ({ url }) => ({ claims: { htu: `${url}x` } })),
  changed('of the path with a slash', ({ url }) => ({ claims: { htu: `${url}/` } })),
  changed('of another host', ({ url }) => ({ claims: { htu: `https://other.example${new URL(url).pathname}` } })),
  changed('of another port', ({ url }) => ({
    claims: { htu: `${new URL(url).protocol}//${new URL(url).hostname}:1${new URL(url).pathname}` },
  })),
  changed('of a path alone', ({ url }) => ({ claims: { htu: new URL(url).pathname } })),
  changed('without a URL', () => ({ claims: { htu: undefined } })),
  changed('without a time', () => ({ claims: { iat: undefined } })),
  changed('whose time is a text', () => ({ claims: { iat: String(now()) } })),
  changed('of an hour ago', () => ({ claims: { iat: now() - 3_600 } })),
  changed('of the future', () => ({ claims: { iat: now() + 180 } })),
];

/** What is a proof all the same (RFC 9449 §4.2, §4.3 step 9; RFC 3986 §6.2.2–3; DPOP-04, DPOP-17). */
export const goodProofs: readonly Bad[] = [
  changed('with a jti of 256 characters', () => ({ claims: { jti: newJti().padEnd(256, 'j') } })),
  changed('with claims and headers nobody knows', () => ({ header: { invented: 1 }, claims: { invented: 1 } })),
  changed('whose type says application/', () => ({ header: { typ: 'application/DPOP+jwt' } })),
  changed('whose URL has a query and a fragment', ({ url }) => ({ claims: { htu: `${url}?a=b#c` } })),
  changed('whose URL has its scheme in capitals', ({ url }) => ({ claims: { htu: url.replace(/^http/, 'HTTP') } })),
  changed('whose URL escapes what needs none', ({ url }) => ({ claims: { htu: url.replace(/e(?=[^e]*$)/, '%65') } })),
  changed('whose URL has a dot segment', ({ url }) => ({ claims: { htu: url.replace(/\/([^/]*)$/, '/x/../$1') } })),
];

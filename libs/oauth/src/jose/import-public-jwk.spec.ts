import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { OAuthError } from '../errors.js';
import { refusalOf } from '../spec-kit/refused.js';
import { importPublicJwk } from './import-public-jwk.js';

const ec = generateKey('ES256').publicJwk as { kty: string; crv: string; x: string; y: string };
const ed = generateKey('Ed25519').publicJwk;
const rsa = generateKey('PS256').publicJwk;
const rsaJwk = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' });
const point = (hex: string) => Buffer.from(hex.padEnd(64, '0'), 'hex').toString('base64url');
const evenModulus = Buffer.from(rsaJwk(2_048).n ?? '', 'base64url');
evenModulus[255] = 0;

const refuse = (reason: string) => new OAuthError('invalid_dpop_proof', { refusal: 'proof_invalid', detail: reason });

/** Of the last character of 32 bytes only four bits count, so the next one decodes to the same bytes. */
function nextChar(char = ''): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(char) + 1);
}

describe('a public key somebody sent', () => {
  it.each([
    ['ES256', ec],
    ['Ed25519', ed],
    ['PS256', rsa],
  ] as const)('is for %s alone, by its kind', (alg, jwk) => {
    const key = importPublicJwk({ ...jwk, alg, kid: 'k1', use: 'sig', key_ops: ['verify'], extra: 1 });
    expect(key).toMatchObject({ alg, jwk });
    expect(key.key.type).toBe('public');
  });

  it('may call Ed25519 EdDSA (JOSE-03)', () => {
    expect(importPublicJwk({ ...ed, alg: 'EdDSA' }).alg).toBe('Ed25519');
  });

  it('is imported once, whatever else stands beside its members', () => {
    const fresh = generateKey().publicJwk;
    expect(importPublicJwk({ ...fresh, kid: 'other' }).key).toBe(importPublicJwk(fresh).key);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'jwk'],
    ['an array', [ec]],
    ['a private EC key', { ...ec, d: ec.x }],
    ['a private member that is empty', { ...ec, d: undefined }],
    ['a private RSA member', { ...rsa, qi: 'AQAB' }],
    ['a private OKP key', { ...ed, d: ec.x }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['k beside a public key', { ...ec, k: 'AAAA' }],
    ['another curve', { ...ec, crv: 'P-384' }],
    ['secp256k1', { ...ec, crv: 'secp256k1' }],
    ['X25519', { ...ed, crv: 'X25519' }],
    ['an algorithm it does not fit', { ...ec, alg: 'PS256' }],
    ['RS256 on an RSA key', { ...rsa, alg: 'RS256' }],
    ['EdDSA on an EC key', { ...ec, alg: 'EdDSA' }],
    ['a key for encryption', { ...ec, use: 'enc' }],
    ['a key to sign with', { ...ec, key_ops: ['sign', 'verify'] }],
    ['a key to verify and sign with', { ...ec, key_ops: ['verify', 'sign'] }],
    ['a key to sign with alone', { ...ec, key_ops: ['sign'] }],
    ['a key for nothing', { ...ec, key_ops: [] }],
    ['a key whose operations are no list', { ...ec, key_ops: 'verify' }],
    ['a point off the curve', { ...ec, y: ec.x }],
    ['the point at infinity', { ...ec, x: point(''), y: point('') }],
    ['a padded coordinate', { ...ec, x: `${ec.x}=` }],
    ['a short coordinate', { ...ec, x: ec.x.slice(0, 42) }],
    ['a coordinate with stray bits', { ...ec, x: ec.x.slice(0, 42) + nextChar(ec.x.at(-1)) }],
    ['a coordinate that is a number', { ...ec, x: 1 }],
    ['RSA of 1024 bits', rsaJwk(1_024)],
    ['RSA of 2040 bits', rsaJwk(2_040)],
    ['RSA of 2041 bits in 256 bytes', { ...rsa, n: Buffer.from([1, ...Buffer.alloc(255, 255)]).toString('base64url') }],
    ['RSA of 16 k bits', { ...rsa, n: Buffer.alloc(2_048, 255).toString('base64url') }],
    ['RSA of 4104 bits', { ...rsa, n: Buffer.alloc(513, 255).toString('base64url') }],
    ['RSA with exponent 1', { ...rsa, e: 'AQ' }],
    ['RSA with exponent 3', rsaJwk(2_048, 3)],
    ['RSA with an even exponent', { ...rsa, e: 'AQAC' }],
    ['RSA with a zero in front', { ...rsa, n: Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 255)]).toString('base64url') }],
    ['RSA with an even modulus', { ...rsa, n: evenModulus.toString('base64url') }],
    ['RSA without a modulus', { ...rsa, n: '' }],
    ['an Ed25519 key of order 1', { ...ed, x: point('01') }],
    ['an Ed25519 key of order 4', { ...ed, x: point('') }],
    ['an Ed25519 key of order 8', { ...ed, x: point('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05') }],
    ['an Ed25519 point off the curve', { ...ed, x: point('02') }],
    ['an Ed25519 point that is not reduced', { ...ed, x: point('f3'.padEnd(62, 'f') + '7f') }],
  ])('is refused as %s (DCR-08, DPOP-02, S-015)', (_, jwk) => {
    expect(refusalOf(() => importPublicJwk(jwk))).toEqual({ code: 'invalid_client_metadata', refusal: 'key_unacceptable' });
  });

  it.each([
    ['of 2048 bits, the least', [128, ...Buffer.alloc(255, 255)]],
    ['of 4096 bits, the most', [...Buffer.alloc(512, 255)]],
  ])('may be RSA %s', (_, modulus) => {
    expect(importPublicJwk({ ...rsa, n: Buffer.from(modulus).toString('base64url') }).alg).toBe('PS256');
  });

  it.each([
    ['an EC key of an Edwards curve', { ...ec, crv: 'Ed25519' }],
    ['an octet key pair of a Weierstrass curve', { ...ec, kty: 'OKP' }],
    ['RSA members under another kind', { ...rsa, kty: 'EC' }],
    ['an Ed25519 point under another kind', { ...ed, kty: 'EC' }],
  ])('is refused for its kind alone as %s, before anything is imported', (_, jwk) => {
    expect(() => importPublicJwk(jwk, undefined, refuse)).toThrow(expect.objectContaining({ detail: 'kty and crv are not accepted' }));
  });

  it('is refused where its algorithm is not allowed, though it is known already', () => {
    importPublicJwk(rsa);
    expect(refusalOf(() => importPublicJwk(rsa, ['ES256'])).refusal).toBe('key_unacceptable');
  });

  it('is refused with the error of the entry point', () => {
    expect(refusalOf(() => importPublicJwk({ ...ec, d: 'x' }, ['ES256'], refuse))).toEqual({
      code: 'invalid_dpop_proof',
      refusal: 'proof_invalid',
    });
  });
});

import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from '../errors.js';
import { generateKey } from '../client/keys.js';
import { forge } from '../spec-kit/forge.js';
import { refusalOf, refusedOrPassed } from '../spec-kit/refused.js';
import { decodeCompact } from './decode-compact.js';
import { verifySignature } from './verify-signature.js';

const refuse = (reason: string) => new OAuthError('invalid_token', { refusal: 'signature_invalid', detail: reason });
const decode = (token: string) => decodeCompact(token, { maxBytes: 8_192, refuse });
const refused = { code: 'invalid_token', refusal: 'signature_invalid' };
const key = generateKey();
const publicKey = createPublicKey(key.privateKey);
const header = { typ: 'at+jwt', alg: 'ES256' };
const honest = forge(header, { sub: 'a' }, key.privateKey);
const [first = '', second = '', third = ''] = honest.split('.');

describe('a compact JWS', () => {
  it('is read into header, payload, what was signed, and the signature', () => {
    const jws = decode(honest);
    expect(jws).toMatchObject({ header, payload: { sub: 'a' }, signingInput: `${first}.${second}` });
    expect(jws.signature.toString('base64url')).toBe(third);
  });

  it.each([
    ['two parts', `${first}.${second}`],
    ['an empty signature (S-114)', `${first}.${second}.`],
    ['an empty header', `.${second}.${third}`],
    ['an empty payload', `${first}..${third}`],
    ['four parts', `${honest}.${third}`],
    ['five parts, a JWE (S-119)', `${first}.${first}.${second}.${third}.${third}`],
    ['nothing', ''],
    ['no text', undefined as unknown as string],
    ['a number', 1 as unknown as string],
    ['padding', `${first}.${second}.${third}==`],
    ['white space inside', `${first}.${second}.${third.slice(0, 9)} ${third.slice(9)}`],
    ['white space around', ` ${honest}`],
    ['a line break', `${honest}\n`],
    ['the other alphabet', `${first}.${second}.${'+/'.repeat(43)}`],
    ['a header that is an array', forge('[]', {}, key.privateKey)],
    ['a header that is null', forge('null', {}, key.privateKey)],
    ['a payload that is an array', forge(header, '[]', key.privateKey)],
    ['a payload that is a string', forge(header, '"x"', key.privateKey)],
    ['a payload that is no JSON', forge(header, 'x', key.privateKey)],
    ['a byte order mark', forge(header, '\uFEFF{}', key.privateKey)],
    ['alg as an array (S-114)', forge({ ...header, alg: ['ES256'] }, {}, key.privateKey)],
    ['no alg', forge({ typ: 'at+jwt' }, {}, key.privateKey)],
    ['typ as a number', forge({ ...header, typ: 1 }, {}, key.privateKey)],
    ['kid as an object (S-116)', forge({ ...header, kid: {} }, {}, key.privateKey)],
    ['a kid of 1 kB', forge({ ...header, kid: 'k'.repeat(1_000) }, {}, key.privateKey)],
    ['crit', forge({ ...header, crit: ['exp'], exp: 1 }, {}, key.privateKey)],
    ['an empty crit', forge({ ...header, crit: [] }, {}, key.privateKey)],
    ['b64', forge({ ...header, b64: true }, {}, key.privateKey)],
    ['zip (S-120)', forge({ ...header, zip: 'DEF' }, {}, key.privateKey)],
    ['a repeated member in the header (S-118)', forge('{"alg":"ES256","alg":"none"}', {}, key.privateKey)],
    ['a repeated claim', forge(header, '{"sub":"a","sub":"b"}', key.privateKey)],
    ['more bytes than allowed', forge(header, { x: 'y'.repeat(9_000) }, key.privateKey)],
  ])('is refused with %s (JOSE-02)', (_, token) => {
    expect(refusalOf(() => decode(token))).toEqual(refused);
  });

  it('has one spelling: whatever character changes, it does not verify or does not parse (S-042, S-122)', () => {
    const alphabet = fc.constantFrom(...'ABCabc019-_=+/. \n'.split(''));
    fc.assert(
      fc.property(fc.nat(honest.length - 1), alphabet, fc.constantFrom('replace', 'insert', 'drop'), (at, char, change) => {
        const rest = honest.slice(change === 'insert' ? at : at + 1);
        const spelling = honest.slice(0, at) + (change === 'drop' ? '' : char) + rest;
        fc.pre(spelling !== honest);
        let verified = false;
        const error = refusedOrPassed(() => {
          const jws = decode(spelling);
          verified = verifySignature('ES256', publicKey, jws.signingInput, jws.signature);
        });
        expect(verified).toBe(false);
        expect(error?.code ?? 'invalid_token').toBe('invalid_token');
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses every stray bit in the last character of a part', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // 64 bytes leave four bits of the last character unused: 15 of 16 spellings are not canonical.
    const stray = alphabet.split('').filter((_, index) => (index & 0b1111) !== 0);
    const spellings = stray.map((char) => `${first}.${second}.${third.slice(0, -1)}${char}`);
    expect(spellings.map((spelling) => refusalOf(() => decode(spelling)))).toEqual(stray.map(() => refused));
  });
});

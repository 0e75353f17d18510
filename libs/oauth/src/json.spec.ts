import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from './errors.js';
import { parseJson } from './json.js';
import { refusalOf, refusedOrPassed } from './spec-kit/refused.js';

const refused = { code: 'invalid_request', refusal: 'json_malformed' };

const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const refuse = (reason: string) => new OAuthError('invalid_dpop_proof', { refusal: 'proof_invalid', detail: reason });

describe('JSON', () => {
  it('is read from text and from bytes', () => {
    const value = { a: [1, { a: 'x"y\\' }], b: { a: null }, 'ü€😀': 'constructor' };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
    expect(parseJson(Buffer.from(JSON.stringify(value, null, 2)))).toEqual(value);
  });

  it.each([
    ['side by side', '{"a":1,"a":1}'],
    ['apart', '{"a":1,"b":{"c":[{"d":1}]},"a":2}'],
    ['nested', '{"x":[{"a":1,"b":2,"a":3}]}'],
    ['by escape', String.raw`{"alg":"ES256","\u0061lg":"none"}`],
    ['with space before the colon', '{"a" : 1, "a"\n:2}'],
  ])('refuses duplicate members %s (JOSE-02, S-122)', (_, text) => {
    expect(refusalOf(() => parseJson(text))).toEqual(refused);
  });

  it('lets one name stand in two objects, and as a value', () => {
    expect(parseJson('{"a":{"a":"a"},"b":["a","a",{"a":1}]}')).toEqual({ a: { a: 'a' }, b: ['a', 'a', { a: 1 }] });
  });

  it.each([
    ['a member __proto__ (S-126)', '{"__proto__":{"admin":true}}'],
    ['one by escape', String.raw`{"\u005f_proto__":1}`],
    ['a byte order mark', '\uFEFF{}'],
    ['a lone surrogate by escape', String.raw`{"a":"\ud800"}`],
    ['a lone surrogate in a name', String.raw`{"\udc00":1}`],
    ['a lone surrogate as it is', '{"a":"\uD800"}'],
    ['a comment', '{/**/}'],
    ['what follows the value', '{} {}'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(refusalOf(() => parseJson(text))).toEqual(refused);
  });

  it('takes a surrogate pair by escapes for the character it is', () => {
    expect(parseJson(String.raw`{"a":"\ud83d\ude00"}`)).toEqual({ a: '😀' });
  });

  it.each([
    ['overlong', [0x22, 0xc0, 0x80, 0x22]],
    ['cut off', [0x22, 0xe2, 0x82, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
  ])('refuses invalid UTF-8: %s', (_, bytes) => {
    expect(refusalOf(() => parseJson(Uint8Array.from(bytes)))).toEqual(refused);
  });

  it('is as deep as allowed and no deeper (WIRE-07)', () => {
    expect(() => parseJson(nest(16))).not.toThrow();
    expect(refusalOf(() => parseJson(nest(17)))).toEqual(refused);
    expect(refusalOf(() => parseJson(nest(30_000)))).toEqual(refused);
    expect(() => parseJson('[{},{},[]]', { maxDepth: 2 })).not.toThrow();
    expect(refusalOf(() => parseJson('[{"a":[]}]', { maxDepth: 2 }))).toEqual(refused);
  });

  it('is as long as allowed and no longer, counted in bytes', () => {
    expect(parseJson('"é"', { maxBytes: 4 })).toBe('é');
    expect(refusalOf(() => parseJson('"é"', { maxBytes: 3 }))).toEqual(refused);
    expect(refusalOf(() => parseJson(Buffer.from('"é"'), { maxBytes: 3 }))).toEqual(refused);
  });

  it('is refused with the error of the entry point, which never quotes the input', () => {
    const error = refusedOrPassed(() => parseJson('{"s":"hunter2" x', { refuse }));
    expect([error?.code, error?.cause]).toEqual(['invalid_dpop_proof', undefined]);
    expect(`${error?.message} ${error?.detail}`).not.toContain('hunter2');
  });

  it('equals JSON.parse for everything JSON.stringify makes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads any text or refuses it, and nothing else', () => {
    const pieces = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ', '\\u0061', '"a"', '{"a":1', 'null'));
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        const error = refusedOrPassed(() => expect(parseJson(text)).toEqual(JSON.parse(text)));
        expect(error?.refusal ?? 'json_malformed').toBe('json_malformed');
      }),
      { numRuns: 2_000 },
    );
  });
});

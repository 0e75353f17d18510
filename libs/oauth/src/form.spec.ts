import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OAuthError } from './errors.js';
import { parseForm } from './form.js';
import { limits } from './limits.js';
import { refusalOf, refusedOrPassed } from './spec-kit/refused.js';

const parse = (text: string) => parseForm(Buffer.from(text));
const malformed = { code: 'invalid_request', refusal: 'form_malformed' };

const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');

describe('a form', () => {
  it('is read with percent-encoding and plus as space', () => {
    const form = parse('scope=a+b%20c&client_id=caf%C3%A9&state=');
    expect(form.one('scope')).toBe('a b c');
    expect(form.one('client_id')).toBe('café');
    expect(form.names()).toEqual(['scope', 'client_id']);
  });

  it('is empty when the body is', () => {
    expect(parse('').names()).toEqual([]);
  });

  it('counts an empty value as absent, and still knows that it was sent (WIRE-04)', () => {
    const form = parse('scope=&state&grant_type=x');
    expect(form.one('scope')).toBeUndefined();
    expect(form.has('state')).toBe(false);
    expect(form.sent('state')).toBe(true);
    expect(refusalOf(() => form.required('scope'))).toEqual({ code: 'invalid_request', refusal: 'parameter_missing' });
  });

  it('answers a required value', () => {
    expect(parse('grant_type=x').required('grant_type')).toBe('x');
  });

  it.each([
    ['a known parameter', 'scope=a&scope=a'],
    ['an unknown one', 'x=1&x=2'],
    ['one that differs by encoding', 'scope=a&sco%70e=b'],
    ['one whose first value is empty', 'scope=&scope=a'],
  ])('refuses a repetition: %s (WIRE-03, S-124)', (_, text) => {
    expect(refusalOf(() => parse(text))).toEqual({ code: 'invalid_request', refusal: 'parameter_repeated' });
  });

  it('lets resource and audience repeat, in order, and refuses two where one is wanted (WIRE-03)', () => {
    const form = parse('resource=b&resource=&resource=a&audience=x&audience=y');
    expect(form.many('resource')).toEqual(['b', 'a']);
    expect(form.many('audience')).toEqual(['x', 'y']);
    expect(form.many('scope')).toEqual([]);
    expect(refusalOf(() => form.one('resource'))).toEqual({ code: 'invalid_request', refusal: 'parameter_repeated' });
  });

  it.each([
    'a=%',
    'a=%4',
    'a=%zz',
    '%zz=a',
    'a=%ff',
    'a=%C0%80',
    'a=%ED%A0%80',
    'a=%00',
    'client_id%00=x',
    'a=%0d%0a',
    'a=%7f',
    'a=%C2%85',
    'a=\n',
  ])('answers broken encoding, invalid UTF-8 and control characters: %s (WIRE-05)', (text) => {
    expect(refusalOf(() => parse(text))).toEqual(malformed);
  });

  it.each(['scope[]=a', 'scope[0]=a', '=a', 'sc ope=a', '%5F%5Fpr%6Fto[x]=1'])('refuses the malformed name of %s (S-124)', (text) => {
    expect(refusalOf(() => parse(text))).toEqual(malformed);
  });

  it('refuses bytes outside ASCII that were not encoded', () => {
    expect(refusalOf(() => parse('a=é'))).toEqual(malformed);
  });

  it('takes __proto__ and constructor for what they are: unknown names (S-126)', () => {
    const form = parse('__proto__=polluted&constructor.prototype=x&toString=y');
    expect(form.one('hasOwnProperty')).toBeUndefined();
    expect(form.one('__proto__')).toBe('polluted');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('has limits on bytes, parameters, names and values (WIRE-07)', () => {
    expect(parse(many(limits.parameters)).names()).toHaveLength(limits.parameters);
    expect(refusalOf(() => parse(many(limits.parameters + 1))).refusal).toBe('too_many_parameters');
    expect(refusalOf(() => parse('&'.repeat(limits.parameters))).refusal).toBe('too_many_parameters');
    expect(parse(`a=${'x'.repeat(limits.valueChars)}`).has('a')).toBe(true);
    expect(refusalOf(() => parse(`a=${'x'.repeat(limits.valueChars + 1)}`)).refusal).toBe('value_too_long');
    expect(refusalOf(() => parse(`${'x'.repeat(limits.parameterNameChars + 1)}=a`))).toEqual(malformed);
    expect(refusalOf(() => parse('a'.repeat(limits.formBytes + 1)))).toEqual({ code: 'invalid_request', refusal: 'body_too_large' });
    expect(refusedOrPassed(() => parse('a'.repeat(limits.formBytes + 1)))).toMatchObject({ status: 413 } satisfies Partial<OAuthError>);
  });

  it('refuses a parameter of another grant (WIRE-04)', () => {
    const form = parse('grant_type=x&code=y&password=');
    expect(() => form.refuse('subject_token', 'password')).not.toThrow();
    expect(refusalOf(() => form.refuse('subject_token', 'code'))).toEqual({ code: 'invalid_request', refusal: 'parameter_not_allowed' });
  });

  it('reads any bytes as a form or refuses them, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const error = refusedOrPassed(() => parseForm(bytes));
        expect(error === undefined || error.code === 'invalid_request').toBe(true);
      }),
    );
  });

  it('reads back what an honest client encodes', () => {
    const name = fc.stringMatching(/^[-._0-9A-Za-z]{1,20}$/);
    const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => /^[^\p{Cc}\p{Cs}]+$/u.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 20 }), (parameters) => {
        const form = parse(new URLSearchParams(Object.entries(parameters)).toString());
        expect(Object.fromEntries(form.names().map((each) => [each, form.one(each)]))).toEqual({ ...parameters });
      }),
    );
  });
});

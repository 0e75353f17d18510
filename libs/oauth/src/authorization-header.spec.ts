import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthorization } from './authorization-header.js';
import { refusalOf, refusedOrPassed } from './spec-kit/refused.js';

describe('the token of a request to a resource', () => {
  it.each([
    ['DPoP abc', { scheme: 'DPoP', token: 'abc' }],
    ['dpop abc', { scheme: 'DPoP', token: 'abc' }],
    ['BEARER  a.b-c_d~+/==', { scheme: 'Bearer', token: 'a.b-c_d~+/==' }],
  ])('comes from %j, the scheme without case (GW-01)', (header, token) => {
    expect(parseAuthorization(header)).toEqual(token);
    expect(parseAuthorization([header])).toEqual(token);
  });

  it.each([undefined, 'Basic YTpi', 'Digest username="x"', 'Negotiate'])('is absent in %j', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  it('refuses two fields (GW-01)', () => {
    expect(refusalOf(() => parseAuthorization(['Bearer a', 'Bearer a']))).toEqual({
      code: 'invalid_request',
      refusal: 'authorization_repeated',
    });
  });

  it.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'DPoP a b',
    'Bearer a, Bearer b',
    'DPoP a,b',
    'Bearer "a"',
    'Bearer a=b',
    'Bearer é',
    'DPoP\ta',
    `DPoP ${'a'.repeat(8_192)}`,
  ])('refuses %j as malformed (GW-01)', (header) => {
    expect(refusalOf(() => parseAuthorization(header))).toEqual({ code: 'invalid_request', refusal: 'authorization_malformed' });
  });

  it('reads any text or refuses it, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(refusedOrPassed(() => parseAuthorization(text))?.code ?? 'invalid_request').toBe('invalid_request');
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeHtu } from './htu.js';

const expected = 'https://id.example/a/token';

describe('htu', () => {
  it.each([
    'https://id.example/a/token',
    'HTTPS://id.example/a/token',
    'https://ID.Example/a/token',
    'https://id.example:443/a/token',
    'https://id.example:/a/token',
    'https://id.example/a/token?x=1',
    'https://id.example/a/token#f',
    'https://id.example/a/token?#',
    'https://id.example/%61/t%6Fken',
    'https://id.example/a/./token',
    'https://id.example/a/b/../token',
    'https://id.example/a/%2e%2E/a/token',
    'https://id.example/../a/token',
  ])('equals the configured URL as %s (DPOP-04)', (htu) => {
    expect(normalizeHtu(htu)).toBe(expected);
  });

  it.each([
    'https://id.example/a/token/',
    'https://id.example/a//token',
    'https://id.example/A/token',
    'http://id.example/a/token',
    'https://id.example:8443/a/token',
    'http://id.example:443/a/token',
    'https://id.example./a/token',
    'https://www.id.example/a/token',
    'https://id.example/a%2Ftoken',
    'https://id.example/a/token/.',
    'https://id.example/a/token;x',
    'https://id.example',
  ])('differs as %s (DPOP-04)', (htu) => {
    expect(normalizeHtu(htu)).toBeTypeOf('string');
    expect(normalizeHtu(htu)).not.toBe(expected);
  });

  it.each([
    '',
    '/a/token',
    'id.example/a/token',
    '//id.example/a/token',
    'https:/id.example/a/token',
    'https:///a/token',
    'https://user@id.example/a/token',
    'https://id.example:443:443/a/token',
    'https://id.example\\a/token',
    'https://id.example/a token',
    ' https://id.example/a/token',
    'https://id.example/a/token\n',
    'https://id.example/%zz',
    'https://id.example/%',
    'https://id%2Eexample/a/token',
    'ftp://id.example/a/token',
    'https://id.example/é',
    `https://id.example/${'a'.repeat(2_048)}`,
  ])('is no URL as %j', (htu) => {
    expect(normalizeHtu(htu)).toBeUndefined();
  });

  it.each([
    ['https://id.example', 'https://id.example/'],
    ['https://id.example?x', 'https://id.example/'],
    ['http://[::1]:80/x', 'http://[::1]/x'],
    ['http://[::FFFF:7F00:1]:4400/x', 'http://[::ffff:7f00:1]:4400/x'],
    ['https://id.example/%e2%82%ac', 'https://id.example/%E2%82%AC'],
    ['https://id.example/a/..', 'https://id.example/'],
    ['https://id.example/a/b/..', 'https://id.example/a/'],
    ['https://id.example/a/.', 'https://id.example/a/'],
  ])('reads %s as %s', (htu, normal) => {
    expect(normalizeHtu(htu)).toBe(normal);
  });

  it('is normal once and for all, and agrees with the WHATWG parser where both see the same URL', () => {
    const segment = fc.constantFrom('a', 'B', '.', '..', '%61', '%2e', '%2F', '%c3%a9', 'token', '~', '');
    const url = fc
      .tuple(
        fc.constantFrom('http', 'HTTPS'),
        fc.constantFrom('id.example', 'ID.EXAMPLE:443', '127.0.0.1:80'),
        fc.array(segment, { maxLength: 6 }),
      )
      .map(([scheme, host, path]) => `${scheme}://${host}/${path.join('/')}`);
    fc.assert(
      fc.property(url, (text) => {
        const normal = normalizeHtu(text) ?? '';
        expect(normalizeHtu(normal)).toBe(normal);
        const parsed = new URL(normal);
        expect(`${parsed.origin}${parsed.pathname}`).toBe(normal);
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => ['string', 'undefined'].includes(typeof normalizeHtu(text))),
    );
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(normalizeHtu(url)).toBeTypeOf('string');
      }),
    );
  });
});

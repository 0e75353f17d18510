import { describe, expect, it } from 'vitest';
import { canonicalResource, parseResource } from './resource.js';
import { refusalOf } from './spec-kit/refused.js';

describe('a resource indicator', () => {
  it.each([
    'https://api.example',
    'https://api.example/mail?v=1',
    'http://127.0.0.1:4400/demo',
    'https://[::1]/',
    'urn:example:api',
    'HTTPS://API.example',
  ])('is kept as it was sent: %s (RFC 8707 §2)', (value) => {
    expect(parseResource(value)).toBe(value);
  });

  it.each([
    '',
    'api.example',
    '/demo',
    '//api.example/demo',
    'https:',
    'https://',
    'https:///x',
    'https:/api.example',
    'https://api.example/#f',
    'https://api.example#',
    'urn:a#b',
    'urn:a b',
    'urn:é',
    'urn:%zz',
    'https://user@api.example/',
    'https://api.example\\@evil.example/',
    'https://api.example/a b',
    'https://api.example/\r\n',
    'https://api.example/%zz',
    'https://bücher.example/',
    'https://api.example:99x/',
    `https://api.example/${'x'.repeat(2_048)}`,
  ])('refuses %j', (value) => {
    expect(refusalOf(() => parseResource(value))).toEqual({ code: 'invalid_target', refusal: 'resource_malformed' });
  });

  it.each([
    ['HTTPS://API.Example/Mail', 'https://api.example/Mail'],
    ['https://api.example:443/mail', 'https://api.example/mail'],
    ['http://api.example:80', 'http://api.example'],
    ['https://api.example/', 'https://api.example'],
    ['URN:example:API', 'urn:example:API'],
  ])('matches %s with %s (AUZ-06)', (one, other) => {
    expect(canonicalResource(one)).toBe(canonicalResource(other));
  });

  it.each([
    ['https://api.example/mail/', 'https://api.example/mail'],
    ['https://api.example/Mail', 'https://api.example/mail'],
    ['https://api.example:8443', 'https://api.example'],
    ['http://api.example', 'https://api.example'],
    ['https://api.example/?a', 'https://api.example/?b'],
    ['https://api.example/a/../mail', 'https://api.example/mail'],
  ])('tells %s from %s', (one, other) => {
    expect(canonicalResource(one)).not.toBe(canonicalResource(other));
  });
});

describe('a scheme', () => {
  it.each(['1x:y', '/x:y', '-a:b', ':b'])('begins with a letter, at the beginning: %s', (value) => {
    expect(refusalOf(() => parseResource(value)).refusal).toBe('resource_malformed');
  });
});

describe('a resource indicator of http', () => {
  it.each(['http:x', 'http://user@api.example', 'HTTP:/x', 'https:x'])('is an address with a host, or none at all: %s', (value) => {
    expect(refusalOf(() => parseResource(value))).toEqual({ code: 'invalid_target', refusal: 'resource_malformed' });
  });

  it('of another scheme folds its scheme alone', () => {
    expect(canonicalResource('URN:Example:A')).toBe('urn:Example:A');
  });
});

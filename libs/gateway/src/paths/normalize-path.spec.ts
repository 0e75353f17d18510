import { OAuthError } from '@chancery/oauth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeTarget } from './normalize-path.js';

const attempt = (target: string): { path?: string; error?: unknown } => {
  try {
    return { path: normalizeTarget(target).path };
  } catch (error) {
    return { error };
  }
};

describe('a path', () => {
  it.each([
    ['/demo/notes', '/demo/notes', ''],
    ['/demo/notes?a=1&b=%2F', '/demo/notes', '?a=1&b=%2F'],
    ['/demo/n%6Ftes', '/demo/notes', ''],
    ['/caf%c3%a9', '/caf%C3%A9', ''],
    ['/a%20b', '/a%20b', ''],
    ['/a@b:c,d', '/a@b:c,d', ''],
    ['/', '/', ''],
  ])('%s is read as %s', (target, path, query) => {
    expect(normalizeTarget(target)).toEqual({ path, query });
  });

  it.each([
    '//demo',
    '/demo//notes',
    '/demo/',
    '/demo/./notes',
    '/demo/../admin',
    '/demo/%2e%2e/admin',
    '/demo/.%2e/admin',
    '/demo%2fnotes',
    '/demo%5cnotes',
    '/demo\\notes',
    '/demo;v=1/notes',
    '/demo/..;/admin',
    '/demo/%3b',
    '/demo/%00',
    '/demo/%0a',
    '/demo/%7f',
    '/demo/%252e',
    '/demo/%25',
    '/demo/%zz',
    '/demo/%',
    '/demo/%ff',
    '/demo/%c0%af',
    '/dé',
    '/demo notes',
    '/demo#x',
    '/demo?a#b',
    '/demo?é',
    'http://other.example/demo',
    'demo',
    '',
    '*',
    '/demo/%23',
    '/demo/%3f',
    '/a"b',
    `/${'a'.repeat(3_000)}`,
    `/demo?${'a'.repeat(9_000)}`,
  ])('%s has no single reading and is refused', (target) => {
    expect(() => normalizeTarget(target)).toThrow(
      expect.objectContaining({ code: 'invalid_request', refusal: 'path_ambiguous', status: 400 }),
    );
  });

  it('that was normalised is its own normal form, and nothing is thrown but a refusal', () => {
    const part = fc.constantFrom('a', '%41', '%2f', '/', '.', '..', '%2e', ';', '\\', '%', '%c3%a9', '?', '#', '%25', 'é', '\0', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const { path, error } = attempt(`/${parts.join('')}`);
        expect(path === undefined ? error instanceof OAuthError : attempt(path).path === path).toBe(true);
        expect(path ?? '').not.toMatch(/%2f|%5c|%2e|\/\/|\/\.\.?(?:\/|$)|;/i);
      }),
      { numRuns: 2_000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { formatScope, parseScope } from './scope.js';
import { refusalOf } from './spec-kit/refused.js';

const tokens = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ');

describe('a scope', () => {
  it('is a set of case-sensitive tokens in the order first named (WIRE-06)', () => {
    expect(parseScope('b a B b')).toEqual(['b', 'a', 'B']);
    expect(parseScope(undefined)).toEqual([]);
    expect(parseScope('!#[]~')).toEqual(['!#[]~']);
  });

  it('is written as it is read', () => {
    expect(parseScope(formatScope(['mail:read', 'https://x.example/y']))).toEqual(['mail:read', 'https://x.example/y']);
  });

  it.each(['', ' a', 'a ', 'a  b', 'a\tb', 'a\r\nb', 'a"b', String.raw`a\b`, 'ü', 'a\u00A0b', 'a\u0000'])('refuses %j (S-128)', (value) => {
    expect(refusalOf(() => parseScope(value)).code).toBe('invalid_scope');
  });

  it('has a limit on tokens and on characters (S-128)', () => {
    expect(parseScope(tokens(64))).toHaveLength(64);
    expect(refusalOf(() => parseScope(tokens(65))).code).toBe('invalid_scope');
    expect(refusalOf(() => parseScope('x'.repeat(8_192))).code).toBe('invalid_scope');
    expect(refusalOf(() => parseScope(tokens(10_000))).code).toBe('invalid_scope');
  });
});

describe('the refusal of a scope', () => {
  it('tells what is malformed from what is too much', () => {
    expect(refusalOf(() => parseScope('a"'))).toEqual({ code: 'invalid_scope', refusal: 'scope_malformed' });
    expect(refusalOf(() => parseScope(tokens(65)))).toEqual({ code: 'invalid_scope', refusal: 'scope_too_long' });
  });
});

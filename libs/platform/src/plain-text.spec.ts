import { describe, expect, it } from 'vitest';
import { isPlainText } from './plain-text.js';

describe('a text for people', () => {
  it.each(['Calendar agent', 'Übersetzer für Grüße', '要約', 'a b-c_d (e)!'])('may be %s', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each([
    ['a line break', 'a\nb'],
    ['a NUL', 'a\u0000b'],
    ['an escape sequence', '\u001B[2J'],
    ['a direction override', 'a\u202Egent'],
    ['a direction isolate', 'a\u2066b'],
    ['a zero-width space', 'a\u200Bb'],
    ['a line separator', 'a\u2028b'],
    ['a private-use character', 'a\uE000b'],
    ['half a character', 'a\uD800b'],
    ['another spelling of its characters', 'Cafe\u0301'],
  ])('has no %s', (_what, text) => {
    expect(isPlainText(text)).toBe(false);
  });
});

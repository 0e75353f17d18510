import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { headerField } from './header-field.js';

const request = (...rawHeaders: string[]) => ({ rawHeaders }) as IncomingMessage;

describe('a header field as it came', () => {
  it('is undefined, one value, or every value', () => {
    expect(headerField(request('Host', 'x'), 'dpop')).toBeUndefined();
    expect(headerField(request('Host', 'x', 'DPoP', 'a'), 'dpop')).toBe('a');
    expect(headerField(request('DPoP', 'a', 'Host', 'x', 'dpop', 'b', 'DPOP', ''), 'dpop')).toEqual(['a', 'b', '']);
  });

  it('is not found by another’s value', () => {
    expect(headerField(request('Host', 'dpop', 'X', 'dpop'), 'dpop')).toBeUndefined();
  });
});

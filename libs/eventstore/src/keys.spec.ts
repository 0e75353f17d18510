import { describe, expect, it } from 'vitest';
import { lastingReservation, reservation, revocationKey } from './keys.js';

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');

describe('a key', () => {
  it('has 16 bytes and is the same every time and everywhere', () => {
    expect(hex(reservation('proof', ['a', 'b'], 60).key)).toBe(hex(reservation('proof', ['a', 'b'], 60).key));
    // Frozen: a key that changed between two releases would let each of them accept the same proof once.
    expect(hex(reservation('proof', ['jkt', 'jti'], 60).key)).toBe('f43efed4ffdbd13c889d7342e4db70cb');
    expect(hex(revocationKey('grant', 'gr_1'))).toBe('78b98115e0a9d0f0d114165090998055');
  });

  it('is another for every other tuple, however the parts are cut', () => {
    const keys = [
      reservation('proof', ['ab', 'c'], 60).key,
      reservation('proof', ['a', 'bc'], 60).key,
      reservation('proof', ['abc'], 60).key,
      reservation('proof', ['a', 'b', 'c'], 60).key,
      reservation('proofa', ['b', 'c'], 60).key,
      reservation('proof', ['abc', ''], 60).key,
      reservation('assertion', ['abc'], 60).key,
      revocationKey('grant', 'abc'),
      revocationKey('agent', 'abc'),
    ];
    expect(new Set(keys.map(hex)).size).toBe(keys.length);
  });

  it('does not depend on the end, which says where it is kept', () => {
    expect(hex(reservation('proof', ['a'], 60).key)).toBe(hex(reservation('proof', ['a'], 61).key));
    expect(lastingReservation('proof', ['a']).end).toBe(0);
  });

  it.each([0, -1, 0.5, Number.NaN, Infinity])('has no end of %s', (end) => {
    expect(() => reservation('proof', ['a'], end)).toThrow(RangeError);
  });
});

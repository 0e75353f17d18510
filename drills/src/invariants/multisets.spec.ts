import { describe, expect, it } from 'vitest';
import { difference } from './multisets.js';

describe('two multisets', () => {
  it('are the same in whatever order', () => expect(difference(['a', 'b', 'b'], ['b', 'a', 'b'])).toEqual([]));
  it('differ where one has something that the other has not', () =>
    expect(difference(['a', 'b'], ['b', 'c'])).toEqual(['a: 1 expected, 0 found', 'c: 0 expected, 1 found']));
  it('differ where one has something twice', () => expect(difference(['a'], ['a', 'a'])).toEqual(['a: 1 expected, 2 found']));
});

import { describe, expect, it } from 'vitest';
import { gatewayWindow, memoryOf, serverWindow } from './window.js';

describe('the memory of proofs', () => {
  it('is as long as its place keeps them, and a gateway keeps them where nothing else is said', () => {
    expect(memoryOf(serverWindow)).toBe(70);
    expect(memoryOf(gatewayWindow)).toBe(360);
    expect(memoryOf({ past: 300, future: 60 })).toBe(360);
    expect(memoryOf({ past: 0, future: 0, kept: 0 })).toBe(0);
  });

  it.each([
    ['wider than the memory', { past: 61, future: 10, kept: 70 }],
    ['wider than the memory of a gateway', { past: 300, future: 61 }],
    ['one whose past is negative', { past: -1, future: 10, kept: 70 }],
    ['one whose future is negative', { past: 60, future: -1, kept: 70 }],
    ['one that is no number', { past: NaN, future: 10, kept: 70 }],
  ])('refuses a window that is %s', (_, window) => {
    expect(() => memoryOf(window)).toThrow(
      new RangeError(
        `a proof window of -${window.past}/+${window.future} s exceeds the ${'kept' in window ? window.kept : 360} s proofs are remembered`,
      ),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type Bounds, type Figure, verdictOf } from './figure.js';

const faster: Bounds = { of: 'ratio', direction: 'at least', floor: 1.5, goal: 2 };
const smaller: Bounds = { of: 'ours', direction: 'at most', floor: 120, goal: 85 };

const figure = (change: Partial<Figure>): Figure => ({ name: 'token/secret', unit: '/s', ours: 100, ...change });

describe('the verdict on a figure', () => {
  it.each([
    [2, 'goal'],
    [1.99, 'floor'],
    [1.5, 'floor'],
    [1.49, 'within a tenth of the floor'],
    [1.351, 'within a tenth of the floor'],
    [1.349, 'missed'],
  ] as const)('of a ratio of %d that has to be at least 1.5 is: %s', (ratio, verdict) => {
    expect(verdictOf(figure({ ratio, bounds: faster }))).toBe(verdict);
  });

  it.each([
    [85, 'goal'],
    [86, 'floor'],
    [120, 'floor'],
    [131.9, 'within a tenth of the floor'],
    [132.1, 'missed'],
  ] as const)('of %d bytes that have to be at most 120 is: %s', (ours, verdict) => {
    expect(verdictOf(figure({ ours, bounds: smaller }))).toBe(verdict);
  });

  it('is a miss when what is judged was not measured', () => {
    expect(verdictOf(figure({ bounds: faster }))).toBe('missed');
    expect(verdictOf(figure({ ours: Number.NaN, bounds: smaller }))).toBe('missed');
  });

  it('is none without bounds', () => {
    expect(verdictOf(figure({ ratio: 0 }))).toBe('not judged');
  });
});

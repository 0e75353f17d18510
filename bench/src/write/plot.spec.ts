import { describe, expect, it } from 'vitest';
import type { Figure } from '../figure.js';
import { plot, scoreOf } from './plot.js';

const figure = (change: Partial<Figure>): Figure => ({ name: 'token/secret', unit: '/s', ours: 100, ...change });
const twice = figure({ ratio: 3, bounds: { of: 'ratio', direction: 'at least', floor: 1.5, goal: 2 } });
const half = figure({ name: 'a<b', ours: 200, bounds: { of: 'ours', direction: 'at most', floor: 100 } });

describe('the plot', () => {
  it('says how many times better than its floor a figure is, in either direction', () => {
    expect([twice, half, figure({})].map(scoreOf)).toEqual([2, 0.5, undefined]);
  });

  it('has one bar for each figure with a floor, and a tick for each goal', () => {
    const svg = plot([twice, half, figure({})]);
    expect(svg.match(/height="14"/g)).toHaveLength(2);
    expect(svg.match(/#1565c0/g)).toHaveLength(1);
    expect(svg).toContain('2.00×');
    expect(svg).toContain('a&lt;b');
  });
});

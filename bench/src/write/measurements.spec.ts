import { describe, expect, it } from 'vitest';
import { type Run, withMeasurements } from './measurements.js';

const run = (ours: number): Run => ({
  figures: [{ name: 'token/secret', unit: '/s', ours, bounds: { of: 'ours', direction: 'at least', floor: 100 }, note: 'durable' }],
  command: 'npm run bench -- all --write',
  date: '2026-12-24',
  machine: { Machine: '2 × a core' },
});

describe('the page of measurements', () => {
  it('says what was measured, where, when and how', () => {
    const page = withMeasurements(undefined, run(100));
    for (const part of [
      '2 × a core',
      '2026-12-24',
      '`npm run bench -- all --write`',
      '| token/secret',
      '- `token/secret`: durable',
      'measurements.svg',
    ])
      expect(page).toContain(part);
    expect(page).toContain('Of 1 figures with a floor, 0 reach their goal, 1 lie between floor and goal');
  });

  it('keeps what people wrote, and nothing of the run before', () => {
    const edited = `${withMeasurements(undefined, run(111))}\nThe append takes a second round trip.\n`.replace(
      'Every figure',
      'Each figure',
    );
    const page = withMeasurements(edited, run(222));
    expect(page).toContain('Each figure');
    expect(page).toContain('The append takes a second round trip.');
    expect(page).toContain('222 /s');
    expect(page).not.toContain('111 /s');
    expect(withMeasurements(page, run(222))).toBe(page);
  });

  it('is not overwritten when the place for the figures is gone', () => {
    expect(() => withMeasurements('# Measurements\n', run(1))).toThrow('has no place');
  });
});

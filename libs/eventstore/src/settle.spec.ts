import { describe, expect, it } from 'vitest';
import { StoreUnavailable, type Reading } from './contract.js';
import { again, twice } from './settle.js';

const asked = (answers: readonly (string | typeof again)[]) => {
  const readings: Reading[] = [];
  const result = twice(async (reading) => {
    readings.push(reading);
    return answers[readings.length - 1] ?? again;
  });
  return { readings, result };
};

describe('an attempt', () => {
  it('is made once on a cached reading when that settles it', async () => {
    const { readings, result } = asked(['done']);
    expect(await result).toBe('done');
    expect(readings).toEqual(['cached']);
  });

  it('is made again, once, on a fresh reading', async () => {
    const { readings, result } = asked([again, 'done']);
    expect(await result).toBe('done');
    expect(readings).toEqual(['cached', 'fresh']);
  });

  it('ends unavailable when what it rests on keeps changing', async () => {
    const { readings, result } = asked([again, again, 'never']);
    await expect(result).rejects.toThrow(StoreUnavailable);
    expect(readings).toEqual(['cached', 'fresh']);
  });

  it('that throws is not made again', async () => {
    const readings: Reading[] = [];
    const failing = twice(async (reading) => {
      readings.push(reading);
      throw new StoreUnavailable('away');
    });
    await expect(failing).rejects.toThrow('away');
    expect(readings).toEqual(['cached']);
  });
});

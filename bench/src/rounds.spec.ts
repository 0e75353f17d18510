import { describe, expect, it } from 'vitest';
import { alternate, bestRound, type Round, timesFaster } from './rounds.js';

const round = (change: Partial<Round> = {}): Round => ({ rate: 100, p50: 1, p99: 5, cpu: 50, limitedBy: 'application', ...change });

describe('rounds', () => {
  it('go in turns, and the first one of each does not count', async () => {
    const order: string[] = [];
    const results = await alternate(['A', 'B'], 3, (who, nth) => {
      order.push(`${who}${nth}`);
      return Promise.resolve(nth);
    });
    expect(order).toEqual(['A0', 'B0', 'A1', 'B1', 'A2', 'B2', 'A3', 'B3']);
    expect(results).toEqual(
      new Map([
        ['A', [1, 2, 3]],
        ['B', [1, 2, 3]],
      ]),
    );
  });

  it('end at the first turn that fails', async () => {
    const order: number[] = [];
    const failing = alternate(['A'], 3, (_, nth) => {
      order.push(nth);
      return nth === 1 ? Promise.reject(new Error('wrong answer')) : Promise.resolve(nth);
    });
    await expect(failing).rejects.toThrow('wrong answer');
    expect(order).toEqual([0, 1]);
  });

  it('count by the fastest, the least CPU, the least waiting and the most memory of all', () => {
    const rounds = [round({ rate: 90, p99: 4, memory: 100 }), round({ rate: 120, cpu: 60, p99: 9, memory: 90 }), round({ cpu: 40 })];
    expect(bestRound(rounds)).toEqual(round({ rate: 120, cpu: 40, p99: 4, memory: 100 }));
  });
});

describe('how many times faster', () => {
  it('is said by rates where each server was what held it back', () => {
    expect(timesFaster(round({ rate: 300, cpu: 10 }), round())).toEqual({ ratio: 3, judgedBy: 'rate' });
  });

  it('is said by CPU where the client or the database held ours back', () => {
    for (const limitedBy of ['client', 'postgres', 'nobody'] as const) {
      expect(timesFaster(round({ rate: 110, cpu: 25, limitedBy }), round())).toEqual({ ratio: 2, judgedBy: 'cpu' });
      expect(timesFaster(round({ cpu: 25 }), round({ limitedBy }))).toEqual({ ratio: 2, judgedBy: 'cpu' });
    }
  });
});

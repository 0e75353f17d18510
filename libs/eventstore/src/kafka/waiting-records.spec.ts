import { topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { type SetAsideRecord, WaitingRecords, type WaitingState } from './waiting-records.js';

const aside = (number: number, state: WaitingState): SetAsideRecord => ({
  group: 'g',
  received: {
    record: {
      topic: topics.activity,
      key: `k${number}`,
      id: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
      source: 'main/service/token',
      type: 'activity.refused',
      version: 1,
      subject: 's',
      time: number,
      data: new Uint8Array(),
    },
    origin: { partition: 0, offset: BigInt(number) },
  },
  state,
  cause: 'no',
});

describe('what holds nothing back', () => {
  it('is kept in its latest thousand, and takes no room of what does', () => {
    const waiting = new WaitingRecords();
    waiting.add({ ...aside(0, 'failed'), id: 0n });
    for (let n = 1; n <= 1_500; n += 1) waiting.add({ ...aside(n, 'apart'), id: BigInt(n) });
    expect([waiting.size, waiting.holding]).toEqual([1_001, 1]);
    expect([waiting.get(0n)?.state, waiting.get(500n), waiting.get(501n)?.state]).toEqual(['failed', undefined, 'apart']);
    waiting.remove(501n);
    waiting.remove(0n);
    expect([waiting.size, waiting.holding]).toEqual([999, 0]);
  });

  it('does not stand in for the same record where it failed', () => {
    const waiting = new WaitingRecords();
    waiting.add({ ...aside(1, 'apart'), id: 1n });
    expect(waiting.fresh([aside(1, 'failed')])).toHaveLength(1);
    waiting.add({ ...aside(1, 'failed'), id: 2n });
    expect([...waiting.held('g', topics.activity)]).toEqual(['k1']);
    waiting.remove(1n);
    expect([...waiting.held('g', topics.activity)]).toEqual(['k1']);
    expect(waiting.fresh([aside(1, 'failed')])).toEqual([]);
  });

  it('never begins to', () => {
    const waiting = new WaitingRecords();
    waiting.add({ ...aside(1, 'apart'), id: 1n });
    waiting.fail(1n, 'no');
    waiting.release('g', 'k1');
    expect([...waiting.held('g', topics.activity)]).toEqual([]);
    expect(waiting.released('g', topics.activity, new Set([0]))).toEqual([]);
  });
});

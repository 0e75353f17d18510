import { topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { memoryShelf } from './memory-shelf.js';
import type { SetAsideRecord, WaitingState } from './waiting-records.js';
import { WaitingRecords } from './waiting-records.js';

const recordOf = (number: number): BusRecord => ({
  topic: topics.revocations,
  key: `k${number}`,
  id: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
  source: 'main/revocations',
  type: 'revocation',
  version: 1,
  subject: 's',
  time: number,
  data: new Uint8Array(),
});
const aside = (number: number, state: WaitingState): SetAsideRecord => ({
  group: 'g',
  received: { record: recordOf(number), origin: { partition: 0, offset: BigInt(number) } },
  state,
  cause: 'forged',
});

describe('what a gateway sets aside of the revocations topic', () => {
  const open = () => {
    const waiting = new WaitingRecords();
    let last = 0n;
    const told: number[] = [];
    const shelf = memoryShelf({
      group: 'g',
      topic: topics.revocations,
      waiting,
      nextId: () => (last -= 1n),
      tell: (records) => void told.push(records.length),
    });
    return { waiting, shelf, told };
  };

  it('is told to people whole, and kept in memory only in its latest thousand: anybody may have written it', async () => {
    const { waiting, shelf, told } = open();
    for (let from = 0; from < 1_500; from += 100) await shelf.put(Array.from({ length: 100 }, (_, at) => aside(from + at, 'apart')));
    expect(told.reduce((sum, each) => sum + each, 0)).toBe(1_500);
    expect(waiting.size).toBe(1_000);
    expect(waiting.list('g').map(({ record }) => record.time)).toEqual(Array.from({ length: 1_000 }, (_, at) => 500 + at));
  });

  it('stays, whatever comes, where its key waits for it', async () => {
    const { waiting, shelf } = open();
    await shelf.put([aside(1, 'failed')]);
    await shelf.put(Array.from({ length: 1_200 }, (_, at) => aside(10 + at, 'apart')));
    expect(waiting.list('g').some(({ record }) => record.time === 1)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import type { Cursor } from '../contract.js';
import { readingAhead } from './reading-ahead.js';
import type { Source, SourcePage } from './source.js';

const at = (position: number): Cursor => ({ epoch: 1, tx: 1n, position: BigInt(position) });

/** `count` records, page by page; `log` says where each page was read from. What is in `away` cannot be read, once. */
function counted(count: { now: number }) {
  const log: number[] = [];
  const away = new Set<number>();
  const source: Source = {
    newest: () => Promise.resolve(at(count.now)),
    page: async (after, limit): Promise<SourcePage> => {
      const from = Number(after.position);
      log.push(from);
      if (away.delete(from)) throw new Error('away');
      await Promise.resolve();
      const to = Math.min(count.now, from + limit);
      return { records: [], cursor: to === from ? after : at(to), full: to - from === limit };
    },
  };
  return { source, log, away };
}

const positions = (log: number[]) => log.splice(0);

describe('a source that reads ahead', () => {
  it('has the next page on its way while a full one is handled, and asks for it once', async () => {
    const { source, log } = counted({ now: 7 });
    const ahead = readingAhead(source);
    const first = await ahead.page(at(0), 3);
    expect(positions(log)).toEqual([0, 3]);
    const second = await ahead.page(first.cursor, 3);
    expect([second.cursor, second.full]).toEqual([at(6), true]);
    expect(positions(log)).toEqual([6]);
  });

  it('reads a page again that was not full, for what has come since', async () => {
    const count = { now: 4 };
    const { source, log } = counted(count);
    const ahead = readingAhead(source);
    const first = await ahead.page(at(0), 3);
    await Promise.resolve();
    count.now = 5;
    const second = await ahead.page(first.cursor, 3);
    expect([second.cursor, second.full]).toEqual([at(5), false]);
    expect(positions(log)).toEqual([0, 3, 3]);
  });

  it('reads nothing ahead of a page that was not full', async () => {
    const { source, log } = counted({ now: 2 });
    await readingAhead(source).page(at(0), 3);
    expect(positions(log)).toEqual([0]);
  });

  it('answers from where it is asked, wherever it has read ahead', async () => {
    const { source } = counted({ now: 9 });
    const ahead = readingAhead(source);
    await ahead.page(at(0), 3);
    expect((await ahead.page(at(1), 3)).cursor).toEqual(at(4));
    expect((await ahead.page(at(4), 2)).cursor).toEqual(at(6));
  });

  it('says why a page cannot be read to whoever asks for it, and to nobody else', async () => {
    const { source, log, away } = counted({ now: 9 });
    const ahead = readingAhead(source);
    away.add(3).add(8);
    const { cursor } = await ahead.page(at(0), 3);
    await expect(ahead.page(cursor, 3)).resolves.toMatchObject({ cursor: at(6) });
    expect(positions(log)).toEqual([0, 3, 3, 6]);
    await expect(ahead.page(at(8), 3)).rejects.toThrow('away');
  });
});

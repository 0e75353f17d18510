import { describe, expect, it } from 'vitest';
import { outOfOrder, published } from './order.js';

const at = (...revisions: number[]) => revisions.map((revision) => ({ stream: 'main/grant/g', revision }));

describe('the order of a topic', () => {
  it('is kept when each stream is counted up', () => expect(outOfOrder(at(1, 2, 3))).toEqual([]));
  it('is kept when something comes again', () => expect(outOfOrder(at(1, 2, 1, 2, 3))).toEqual([]));
  it('is broken by a revision that comes too early', () => expect(outOfOrder(at(1, 3, 2))).toEqual(['main/grant/g: 3 after 1']));
  it('is broken by a stream that does not begin with 1', () => expect(outOfOrder(at(2))).toEqual(['main/grant/g: 2 after 0']));
});

describe('what was published', () => {
  const record = (key: string, sequence?: string) => ({
    key: Buffer.from(key),
    headers: {
      ce_source: 'https://id.example/streams/main/grant/g',
      ...(sequence !== undefined && { ce_sequence: Buffer.from(sequence) }),
    },
  });

  it('is each event of a stream under its own key, in order, and no copy under another', async () => {
    const records = [record('main/grant/h', '2'), record('main/grant/g', '1'), record('main/grant/g'), record('main/grant/g', '2')];
    const contentsOf = () => Promise.resolve(records as never);
    expect(await published({ contentsOf }, 'chancery.issuance')).toEqual(at(1, 2));
  });
});

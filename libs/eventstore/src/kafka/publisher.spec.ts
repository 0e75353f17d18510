import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../contract.js';
import type { KafkaRecord } from './cloud-event.js';
import { Publisher } from './publisher.js';

const record = (key: string): KafkaRecord => ({ key, value: Buffer.from('{}'), headers: {} });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A cluster that takes a write when it is told to. */
function slowCluster(giveUpAfter = Infinity) {
  const writes: string[][] = [];
  const gates: ((error?: Error) => void)[] = [];
  const signals: AbortSignal[] = [];
  const publisher = new Publisher({
    giveUpAfter,
    write: (records, signal) =>
      new Promise<void>((resolve, reject) => {
        signals.push(signal);
        writes.push(records.map(({ key }) => key));
        gates.push((error) => (error ? reject(error) : resolve()));
      }),
  });
  return { publisher, writes, signals, finish: async (error?: Error) => (gates.shift()?.(error), turn()) };
}

describe('publishing to a topic', () => {
  it('has one write in flight, and takes together who came meanwhile, in order', async () => {
    const { publisher, writes, finish } = slowCluster();
    const all = Promise.all([['a'], ['b', 'c'], [], ['d']].map((keys) => publisher.publish(keys.map(record))));
    expect(writes).toEqual([['a']]);
    await finish();
    expect(writes).toEqual([['a'], ['b', 'c', 'd']]);
    await finish();
    await all;
    await publisher.settled();
  });

  it('says that it does not know what became of a write that failed, and goes on with the others', async () => {
    const { publisher, finish } = slowCluster();
    const [first, second] = [publisher.publish([record('a')]), publisher.publish([record('b')])];
    const failed = first?.catch((error: unknown) => error);
    await finish(new Error('refused'));
    expect(await failed).toBeInstanceOf(StoreUnavailable);
    await finish();
    await second;
  });

  it('gives up in time, and then sends only what was on its way already', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { publisher, writes, finish } = slowCluster(5);
      const late = Promise.allSettled([publisher.publish([record('on-its-way')]), publisher.publish([record('waiting')])]);
      const outcomes = await late;
      expect(outcomes.map((one) => one.status === 'rejected' && one.reason instanceof StoreUnavailable)).toEqual([true, true]);
      const again = publisher.publish([record('again')]);
      again.catch(() => undefined);
      await finish();
      expect(writes).toEqual([['on-its-way'], ['again']]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('sends nothing more for who has gone, who learns it when the write in hand has ended', async () => {
    const { publisher, writes, signals, finish } = slowCluster();
    const leaving = new AbortController();
    const gone = [publisher.publish([record('on-its-way')], leaving.signal), publisher.publish([record('waiting')], leaving.signal)];
    const outcomes = gone.map((one) => one.catch((error: unknown) => error));
    const staying = publisher.publish([record('staying')]);
    leaving.abort();
    expect(await outcomes[1]).toBeInstanceOf(StoreUnavailable);
    expect([signals[0]?.aborted, await Promise.race([outcomes[0], turn()])]).toEqual([true, undefined]);
    await finish(new Error('aborted'));
    expect(await outcomes[0]).toBeInstanceOf(StoreUnavailable);
    await finish();
    await staying;
    await expect(publisher.publish([record('late')], leaving.signal)).rejects.toThrow(StoreUnavailable);
    expect(writes).toEqual([['on-its-way'], ['staying']]);
  });

  it('goes on with a write while anybody waits for it', async () => {
    const { publisher, writes, signals, finish } = slowCluster();
    const leaving = new AbortController();
    const first = publisher.publish([record('a')]);
    const both = [publisher.publish([record('b')], leaving.signal), publisher.publish([record('c')])];
    await finish();
    leaving.abort();
    await finish();
    await Promise.all([first, ...both]);
    expect([writes[1], signals[1]?.aborted]).toEqual([['b', 'c'], false]);
  });

  it('lets no more wait than fits', async () => {
    const { publisher } = slowCluster();
    void publisher.publish([record('a')]);
    void publisher.publish(Array.from({ length: 49_999 }, () => record('b')));
    await expect(publisher.publish([record('c')])).rejects.toThrow(StoreUnavailable);
  });
});

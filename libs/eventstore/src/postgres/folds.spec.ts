import { beforeEach, describe, expect, it } from 'vitest';
import { agentRegistered } from '../contract-suite/sample-events.js';
import type { Fold, RecordedEvent } from '../contract.js';
import { folds, type Folds } from './folds.js';

const count: Fold<number> = { initial: 0, evolve: (sum) => sum + 1 };
const types: Fold<readonly string[]> = { initial: [], evolve: (seen, { type }) => [...seen, type] };

describe('remembered states', () => {
  let streams: Map<string, number>;
  /** Each reading: the stream, after which revision. */
  let readings: [string, number][];
  /** Readings wait for these when there are any. */
  let gates: Promise<void>[];
  let states: Folds;

  const eventsOf = (stream: string, after: number): RecordedEvent[] =>
    Array.from({ length: (streams.get(stream) ?? 0) - after }, (_, place) => ({
      stream,
      revision: after + place + 1,
      position: 1n,
      id: 'x',
      at: 1,
      event: agentRegistered('ag_1'),
    }));

  beforeEach(() => {
    streams = new Map([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
    readings = [];
    gates = [];
    const read = async (stream: string, after = 0) => {
      readings.push([stream, after]);
      const events = eventsOf(stream, after);
      await gates.shift();
      return events;
    };
    states = folds(read, 2);
  });

  it('are answered without a reading when cached will do', async () => {
    await states.fold('a', count, 'cached');
    expect((await states.fold('a', count, 'cached')).state).toBe(2);
    expect(readings).toEqual([['a', 0]]);
  });

  it('are read on from where they are when fresh is asked for', async () => {
    await states.fold('a', count, 'cached');
    streams.set('a', 5);
    expect(await states.fold('a', count, 'fresh')).toEqual({ state: 5, revision: 5, guard: { stream: 'a', revision: 5 } });
    expect((await states.fold('a', count, 'cached')).state).toBe(5);
    expect(readings).toEqual([
      ['a', 0],
      ['a', 2],
    ]);
  });

  it('are one for each fold of a stream', async () => {
    expect((await states.fold('b', count, 'cached')).state).toBe(1);
    expect((await states.fold('b', types, 'cached')).state).toEqual(['agent.registered']);
  });

  it('are read once for all who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => states.fold('a', count, 'cached')));
    expect(answers.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 2));
    expect(readings).toHaveLength(1);
  });

  it('never answer a fresh reading with one that began before it', async () => {
    const gate = Promise.withResolvers<void>();
    gates = [gate.promise];
    const early = states.fold('a', count, 'cached');
    streams.set('a', 3);
    expect((await states.fold('a', count, 'fresh')).state).toBe(3);
    gate.resolve();
    expect((await early).state).toBe(2);
    // The slower, older reading did not take back what the later one saw.
    expect((await states.fold('a', count, 'cached')).state).toBe(3);
  });

  it('do not keep what does not exist, which anybody can name', async () => {
    await states.fold('nobody', count, 'cached');
    await states.fold('nobody', count, 'cached');
    expect(readings).toHaveLength(2);
  });

  it('forget the least recently used first', async () => {
    await states.fold('a', count, 'cached');
    await states.fold('b', count, 'cached');
    await states.fold('a', count, 'cached');
    await states.fold('c', count, 'cached');
    readings = [];
    await states.fold('a', count, 'cached');
    expect(readings).toEqual([]);
    await states.fold('b', count, 'cached');
    expect(readings).toEqual([['b', 0]]);
  });

  it('forget what was just appended to, also from a reading that is still on its way', async () => {
    const gate = Promise.withResolvers<void>();
    gates = [gate.promise];
    const early = states.fold('a', count, 'cached');
    states.forget('a');
    streams.set('a', 3);
    gate.resolve();
    await early;
    expect((await states.fold('a', count, 'cached')).state).toBe(3);
  });

  it('keep nothing of a reading that failed', async () => {
    const gate = Promise.withResolvers<void>();
    gates = [gate.promise];
    const failing = states.fold('a', count, 'cached');
    gate.reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    expect((await states.fold('a', count, 'cached')).state).toBe(2);
  });
});

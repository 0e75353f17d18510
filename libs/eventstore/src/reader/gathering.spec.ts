import { describe, expect, it } from 'vitest';
import { gathering } from './gathering.js';

/** A bell that was rung at these milliseconds, on a clock that is moved. */
function played(milliseconds = 100) {
  const rung: number[] = [];
  let now = 1_000;
  let due: { at: number; done: () => void } | undefined;
  const records = gathering({
    milliseconds,
    ring: () => rung.push(now - 1_000),
    now: () => now,
    after(rest, done) {
      due = { at: now + rest, done };
      return () => (due = undefined);
    },
  });
  const at = (moment: number): void => {
    now = moment + 1_000;
    const over = due && due.at <= now ? due : undefined;
    if (over) due = undefined;
    over?.done();
  };
  const step = (taken: boolean): void => {
    records.begin();
    records.done(taken);
  };
  return { ...records, rung, at, step, waits: () => due !== undefined };
}

describe('records that gather', () => {
  it('after quiet wait for nobody', () => {
    const { wake, step, at, rung } = played();
    wake();
    step(true);
    at(100);
    wake();
    expect(rung).toEqual([0, 100]);
  });

  it('wait for one another while they follow closely, and are told of once', () => {
    const { wake, step, at, rung } = played();
    step(true);
    for (const moment of [1, 20, 99]) {
      at(moment);
      wake();
    }
    expect(rung).toEqual([]);
    at(100);
    expect(rung).toEqual([100]);
    at(1_000);
    expect(rung).toEqual([100]);
  });

  it('are not forgotten when they come in the middle of a step', () => {
    const { wake, begin, done, at, rung } = played();
    begin();
    wake();
    expect(rung).toEqual([]);
    done(true);
    expect(rung).toEqual([]);
    at(100);
    expect(rung).toEqual([100]);
  });

  it('are taken at once after a step that found nothing, also when they came in its middle', () => {
    const { wake, begin, done, at, step, rung } = played();
    step(false);
    wake();
    at(5);
    begin();
    wake();
    done(false);
    expect(rung).toEqual([0, 5]);
  });

  it('need no ring of their own when a step came before it', () => {
    const { wake, step, waits } = played();
    step(true);
    wake();
    step(false);
    expect(waits()).toBe(false);
  });

  it('leave no timer behind at the end', () => {
    const { wake, step, end, waits } = played();
    step(true);
    wake();
    expect(waits()).toBe(true);
    end();
    expect(waits()).toBe(false);
  });

  it('do not wait at all where nothing is to gather', () => {
    const { wake, step, rung } = played(0);
    step(true);
    wake();
    expect(rung).toEqual([0]);
  });
});

import { EventEmitter } from 'node:events';
import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import type { Log } from '../logs/log.js';
import { graceful, type StopStep } from './graceful.js';

function aProcess() {
  const exits: (number | undefined)[] = [];
  const signals = new EventEmitter();
  const exit = ((code?: number) => void exits.push(code)) as NodeJS.Process['exit'];
  return { exits, signals, process: { on: signals.on.bind(signals) as NodeJS.Process['on'], exit } };
}

function stopping(onStop: StopStep[], within = 5_000) {
  const { exits, signals, process } = aProcess();
  const said: string[] = [];
  const say = ({ name }: { name?: string | undefined }, message: string) => void said.push(`${name}: ${message}`);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const time = { ms: 0 };
  return { ...graceful({ onStop, within, process, log, clock: () => time.ms }), exits, signals, said, time };
}

describe.each(['SIGINT', 'SIGTERM'])('on %s', (signal) => {
  it('takes the steps in order, then leaves with 0', async () => {
    const taken: string[] = [];
    const step = (name: string) => ({ name, run: async () => void (await Promise.resolve(), taken.push(name)) });
    const { exits, signals } = stopping([step('door'), step('refusals'), step('store')]);
    signals.emit(signal);
    await waitFor(() => exits.length);
    expect(taken).toEqual(['door', 'refusals', 'store']);
    expect(exits).toEqual([0]);
  });

  it('leaves at once when it comes a second time', () => {
    const { exits, signals, time } = stopping([{ name: 'door', run: () => new Promise(() => {}) }]);
    signals.emit(signal);
    time.ms = 999;
    signals.emit(signal); // the same Ctrl-C, passed on by npm
    expect(exits).toEqual([]);
    time.ms = 1_000;
    signals.emit(signal);
    expect(exits).toEqual([1]);
  });
});

describe('a graceful stop', () => {
  it('goes on after a step that fails, and then leaves with 1', async () => {
    const taken: string[] = [];
    const failing = { name: 'door', run: () => Promise.reject(new Error('stuck')) };
    const { exits, signals, said } = stopping([failing, { name: 'store', run: () => void taken.push('store') }]);
    signals.emit('SIGTERM');
    await waitFor(() => exits.length);
    expect(taken).toEqual(['store']);
    expect(exits).toEqual([1]);
    expect(said).toEqual(['door: stopping failed here']);
  });

  it('does not wait longer than it was given, and says for what', async () => {
    const { exits, signals, said } = stopping([{ name: 'store', run: () => new Promise(() => {}) }], 10);
    signals.emit('SIGTERM');
    await waitFor(() => exits.length);
    expect(exits).toEqual([1]);
    expect(said).toEqual(['store: stopping took too long here']);
  });

  it('happens once, also when asked for without a signal', async () => {
    let times = 0;
    const { stop, exits } = stopping([{ name: 'door', run: () => void times++ }]);
    expect(await Promise.all([stop(), stop()])).toEqual([true, true]);
    expect(times).toBe(1);
    expect(exits).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BusRecord, StoreUnavailable } from '@chancery/eventstore';
import { topics } from '@chancery/events';

/** A bus that takes records, refuses them, or says nothing. */
export interface MoodyBus {
  mood: 'up' | 'away' | 'silent';
  /** In the order they arrived, doubles included. */
  readonly arrived: BusRecord[];
  /** Numbers of the records of each call so far, whatever became of it. */
  readonly tried: (readonly number[])[];
  publish(records: readonly BusRecord[]): Promise<void>;
  /** It takes all that it said nothing about. */
  speak(): void;
}

export function moodyBus(mood: MoodyBus['mood'] = 'up'): MoodyBus {
  const silent: (() => void)[] = [];
  const bus: MoodyBus = {
    mood,
    arrived: [],
    tried: [],
    publish(records) {
      bus.tried.push(numbersOf(records));
      const arrive = (): void => void bus.arrived.push(...records);
      if (bus.mood === 'away') return Promise.reject(new StoreUnavailable('away'));
      if (bus.mood === 'silent') return new Promise((resolve) => void silent.push(() => (arrive(), resolve())));
      arrive();
      return Promise.resolve();
    },
    speak() {
      bus.mood = 'up';
      for (const each of silent.splice(0)) each();
    },
  };
  return bus;
}

/** An activity record; the number is its subject, so that order shows. */
export const activity = (number: number, data = `{"number":${number}}`): BusRecord => ({
  topic: topics.activity,
  key: `ag_${number % 3}`,
  id: randomUUID(),
  source: 'main/gateway/gw-1',
  type: 'activity.allowed',
  version: 1,
  subject: String(number),
  time: 1_790_000_000_000_000 + number,
  data: Buffer.from(data),
});

export const numbersOf = (records: readonly BusRecord[]): number[] => records.map(({ subject }) => Number(subject));

export const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Files of a gateway's spool, by name. */
export const spoolFiles = (folder: string, gateway = 'gw-1'): string[] =>
  readdirSync(join(folder, `gateway-${gateway}`)).filter((name) => name.endsWith('.spool'));

export const spoolText = (folder: string, name: string, gateway = 'gw-1'): Buffer => readFileSync(join(folder, `gateway-${gateway}`, name));

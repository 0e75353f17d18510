import { randomUUID } from 'node:crypto';
import { encodeEvent, topics } from '@chancery/events';
import type { Bus, BusRecord, SubscribeOptions, Subscription } from '../bus.js';

export interface Follower {
  readonly group: string;
  readonly subscription: Subscription;
  /** What the handler returned for. */
  readonly handled: BusRecord[];
  readonly alarms: { key: string; cause: string }[];
  /** Their numbers, of one key or all. */
  numbers(key?: string): number[];
}

/** One test's records among all that are on the topic. */
export class Story {
  readonly #name = randomUUID();
  readonly group = `group-${this.#name}`;

  key = (key: string): string => `${this.#name}/${key}`;

  record(key: string, number: number): BusRecord {
    const refused = {
      type: 'activity.refused',
      service: 'token',
      endpoint: '/token',
      reason: 'a_reason',
      error: 'invalid_client',
      status: 401,
    } as const;
    const { type, version, data } = encodeEvent({ ...refused, requestId: String(number) });
    const source = 'main/token/token-1';
    return {
      topic: topics.activity,
      key: this.key(key),
      id: randomUUID(),
      source,
      type,
      version,
      subject: 'a1',
      time: 1_790_000_000_000_000 + number,
      data,
    };
  }

  number = ({ time }: BusRecord): number => time - 1_790_000_000_000_000;

  /** A handler that throws for one number, while `broken`. */
  failing =
    (number: number, cause: string, broken: () => boolean = () => true) =>
    async (records: readonly BusRecord[]): Promise<void> => {
      if (broken() && records.some((record) => this.number(record) === number)) throw new Error(cause);
    };

  async follow(
    bus: Bus,
    { group = `group-${randomUUID()}`, handle }: Partial<Pick<SubscribeOptions, 'group' | 'handle'>> = {},
  ): Promise<Follower> {
    const handled: BusRecord[] = [];
    const alarms: Follower['alarms'] = [];
    const isMine = ({ key }: { key: string }) => key.startsWith(this.#name);
    const subscription = await bus.subscribe({
      group,
      topics: [topics.activity],
      handle: async (records) => {
        const mine = records.filter(isMine);
        if (mine.length === 0) return;
        handled.push(...mine);
        try {
          await handle?.(mine);
        } catch (error) {
          handled.splice(handled.length - mine.length);
          throw error;
        }
      },
      onAlarm: (alarm) => void (isMine(alarm) && alarms.push(alarm)),
    });
    const numbers = (key?: string) => handled.filter((record) => key === undefined || record.key === this.key(key)).map(this.number);
    return { group, subscription, handled, alarms, numbers };
  }

  async waiting(bus: Bus, group: string): Promise<{ number: number; cause: string }[]> {
    const all = await bus.quarantined(group);
    return all
      .filter(({ record }) => record.key.startsWith(this.#name))
      .map(({ record, cause }) => ({ number: this.number(record), cause }));
  }
}

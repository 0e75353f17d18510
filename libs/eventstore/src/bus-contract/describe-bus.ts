import { afterEach, describe, expect, it } from 'vitest';
import { type Bus, type BusRecord, Unhandleable } from '../bus.js';
import { StoreUnavailable } from '../contract.js';
import { Story } from './story.js';

export interface OpenOptions {
  /** Milliseconds before each further try. */
  readonly retries: readonly number[];
  /** Called instead of waiting between tries. */
  sleep(ms: number): Promise<void>;
}

/** A bus as one process has it. */
export interface OpenedBus {
  readonly bus: Bus;
  /** From now on nothing it sends arrives, as if its machine had vanished. */
  cutOff(): Promise<void>;
}

const retries = [100, 200, 400];

/** What every adapter of the bus keeps to. Each test has keys and groups of its own: the topic is the same for all of them. */
export function describeBus(name: string, open: (options: OpenOptions) => Promise<OpenedBus>): void {
  describe(`the bus, ${name}`, () => {
    const opened: OpenedBus[] = [];
    const pauses: number[] = [];

    const process = async (): Promise<OpenedBus> => {
      const one = await open({
        retries,
        sleep: async (ms) => void pauses.push(ms),
      });
      opened.push(one);
      return one;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(({ bus }) => bus.close()));
      pauses.length = 0;
    });

    it('hands every group all records, those of a key in the order they were published', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const [one, other] = [await story.follow(bus), await story.follow(bus)];
      const records = Array.from({ length: 60 }, (_, n) => story.record(`k${n % 3}`, n));
      for (let n = 0; n < 60; n += 7) await bus.publish(records.slice(n, n + 7));
      for (const follower of [one, other]) {
        await follower.subscription.caughtUp();
        expect(follower.numbers().toSorted((a, b) => a - b)).toEqual(records.map((_, n) => n));
        for (const key of ['k0', 'k1', 'k2']) expect(follower.numbers(key)).toEqual(follower.numbers(key).toSorted((a, b) => a - b));
      }
    });

    it('hands over what was published with all its attributes', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const follower = await story.follow(bus);
      const record: BusRecord = { ...story.record('k', 1), sequence: 7, position: 2n ** 60n, extensions: { mac: 'c2lnbmVk' } };
      await bus.publish([record]);
      await follower.subscription.caughtUp();
      expect(follower.handled.map((one) => ({ ...one, data: [...one.data] }))).toEqual([{ ...record, data: [...record.data] }]);
    });

    it('goes on where the group was when it starts again', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const before = await story.follow(bus, { group: story.group });
      await bus.publish([story.record('k', 1)]);
      await before.subscription.caughtUp();
      await before.subscription.stop();
      await bus.publish([story.record('k', 2)]);
      const after = await story.follow(bus, { group: story.group });
      await after.subscription.caughtUp();
      expect([before.numbers(), after.numbers()]).toEqual([[1], [2]]);
    });

    it('lets one of two members handle each record, and the other go on when that one leaves', async () => {
      const story = new Story();
      const [{ bus: here }, { bus: there }] = [await process(), await process()];
      const members = [await story.follow(here, { group: story.group }), await story.follow(there, { group: story.group })] as const;
      await here.publish([1, 2, 3, 4].map((n) => story.record(`k${n}`, n)));
      await Promise.all(members.map(({ subscription }) => subscription.caughtUp()));
      expect(members.flatMap((member) => member.numbers()).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
      await members[0].subscription.stop();
      await here.publish([story.record('k1', 5)]);
      await members[1].subscription.caughtUp();
      expect(members[1].numbers()).toContain(5);
      expect(members.flatMap((member) => member.numbers())).toHaveLength(5);
    });

    it('hands a record over again when its handler had acted and the member vanished before the offset moved', async () => {
      const story = new Story();
      const [gone, { bus }] = [await process(), await process()];
      const lost = await story.follow(gone.bus, { group: story.group, handle: () => gone.cutOff() });
      await bus.publish([story.record('k', 1)]);
      await expect.poll(() => lost.handled.length).toBeGreaterThan(0);
      const heir = await story.follow(bus, { group: story.group });
      await expect.poll(() => heir.numbers(), { timeout: 10_000 }).toEqual([1]);
      expect(lost.numbers()).toEqual([1]);
    });

    it('isolates the poison of a batch: everything else of it is handled, once each after that', async () => {
      const [story, { bus }] = [new Story(), await process()];
      await bus.publish([1, 2, 3, 4, 5].map((n) => story.record(`k${n}`, n)));
      const alone: number[] = [];
      const follower = await story.follow(bus, {
        async handle(records) {
          if (records.some((record) => story.number(record) === 3)) throw new Error('poison');
          if (records.length === 1) alone.push(...records.map(story.number));
        },
      });
      await follower.subscription.caughtUp();
      expect(alone).toEqual([1, 2, 4, 5]);
      expect(await story.waiting(bus, follower.group)).toEqual([{ number: 3, cause: 'Error: poison' }]);
    });

    it('tries a record again with backoff, and quarantines nothing when that helps', async () => {
      const [story, { bus }] = [new Story(), await process()];
      let tries = 0;
      const follower = await story.follow(bus, {
        async handle() {
          tries += 1;
          if (tries < 3) throw new Error('not yet');
        },
      });
      // Alone on its page, so that its tries are counted from the first.
      await follower.subscription.caughtUp();
      await bus.publish([story.record('k', 1)]);
      await follower.subscription.caughtUp();
      expect([tries, pauses]).toEqual([3, [100, 200]]);
      expect(await story.waiting(bus, follower.group)).toEqual([]);
    });

    it('quarantines what goes on failing with its cause, holds back its key and lets the others flow', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const follower = await story.follow(bus, { handle: story.failing(1, 'the projection is full') });
      await bus.publish([story.record('k', 1), story.record('k', 2), story.record('other', 3)]);
      await follower.subscription.caughtUp();
      await bus.publish([story.record('k', 4), story.record('other', 5)]);
      await follower.subscription.caughtUp();
      expect(pauses).toEqual(retries);
      expect(follower.numbers()).toEqual([3, 5]);
      expect(await story.waiting(bus, follower.group)).toEqual([
        { number: 1, cause: 'Error: the projection is full' },
        { number: 2, cause: 'held' },
        { number: 4, cause: 'held' },
      ]);
      expect(follower.alarms.map(({ key, cause }) => [key, cause])).toEqual([
        [story.key('k'), 'Error: the projection is full'],
        [story.key('k'), 'held'],
        [story.key('k'), 'held'],
      ]);
    });

    it('keeps holding the key when another process of the group takes over', async () => {
      const story = new Story();
      const [{ bus: here }, { bus: there }] = [await process(), await process()];
      const first = await story.follow(here, { group: story.group, handle: story.failing(1, 'no') });
      await here.publish([story.record('k', 1)]);
      await first.subscription.caughtUp();
      await first.subscription.stop();
      await here.publish([story.record('k', 2), story.record('other', 3)]);
      const second = await story.follow(there, { group: story.group });
      await second.subscription.caughtUp();
      expect(second.numbers()).toEqual([3]);
      expect(await story.waiting(there, story.group)).toHaveLength(2);
    });

    it('hands a quarantined record and those behind it over again on retry, in order', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const broken = { yes: true };
      const follower = await story.follow(bus, { handle: story.failing(1, 'no', () => broken.yes) });
      await bus.publish([story.record('k', 1), story.record('k', 2), story.record('k', 3)]);
      await follower.subscription.caughtUp();
      await bus.retry(follower.group, story.key('k'));
      expect(await story.waiting(bus, follower.group)).toHaveLength(3);
      broken.yes = false;
      await bus.retry(follower.group, story.key('k'));
      expect(await story.waiting(bus, follower.group)).toEqual([]);
      await bus.publish([story.record('k', 4)]);
      await follower.subscription.caughtUp();
      expect(follower.numbers()).toEqual([1, 2, 3, 4]);
    });

    it('keeps what fails again on retry, and what is behind that', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const failing = new Set([1]);
      const follower = await story.follow(bus, {
        async handle(records) {
          const poison = records.map(story.number).find((number) => failing.has(number));
          if (poison !== undefined) throw new Error(`not ${poison}`);
        },
      });
      await bus.publish([story.record('k', 1), story.record('k', 2), story.record('k', 3)]);
      await follower.subscription.caughtUp();
      failing.clear();
      failing.add(2);
      await bus.retry(follower.group, story.key('k'));
      expect(follower.numbers()).toEqual([1]);
      expect(await story.waiting(bus, follower.group)).toEqual([
        { number: 2, cause: 'Error: not 2' },
        { number: 3, cause: 'held' },
      ]);
    });

    it('goes on with a key when what failed of it is dropped', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const follower = await story.follow(bus, { handle: story.failing(1, 'no') });
      await bus.publish([story.record('k', 1), story.record('k', 2)]);
      await follower.subscription.caughtUp();
      const [poison] = await bus.quarantined(follower.group);
      await bus.drop(poison?.id ?? 0n);
      await expect.poll(() => follower.numbers(), { timeout: 10_000 }).toEqual([2]);
      await bus.publish([story.record('k', 3)]);
      await follower.subscription.caughtUp();
      expect(follower.numbers()).toEqual([2, 3]);
      expect(await story.waiting(bus, follower.group)).toEqual([]);
    });

    it('refuses to retry for a group that nobody here belongs to', async () => {
      const [story, { bus }] = [new Story(), await process()];
      await expect(bus.retry(story.group, 'k')).rejects.toThrow(story.group);
    });

    it('quarantines an unknown type and a newer version at once, and hands neither over', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const follower = await story.follow(bus);
      await bus.publish([
        { ...story.record('a', 1), type: 'activity.unheard-of' },
        { ...story.record('b', 2), version: 99 },
        story.record('a', 3),
        story.record('c', 4),
      ]);
      await follower.subscription.caughtUp();
      expect([follower.numbers(), pauses]).toEqual([[4], []]);
      expect(await story.waiting(bus, follower.group)).toEqual([
        { number: 1, cause: 'event activity.unheard-of v1: unknown_type' },
        { number: 2, cause: 'event activity.refused v99: newer_version' },
        { number: 3, cause: 'held' },
      ]);
    });

    it('quarantines at once what the handler calls unhandleable', async () => {
      const [story, { bus }] = [new Story(), await process()];
      const follower = await story.follow(bus, {
        async handle() {
          throw new Unhandleable('forged');
        },
      });
      await bus.publish([story.record('k', 1)]);
      await follower.subscription.caughtUp();
      expect(pauses).toEqual([]);
      expect(await story.waiting(bus, follower.group)).toEqual([{ number: 1, cause: 'Unhandleable: forged' }]);
    });

    it('does not blame records for a store that is away, however long', async () => {
      const [story, { bus }] = [new Story(), await process()];
      let left = 3 * retries.length;
      const follower = await story.follow(bus, {
        async handle() {
          if (left-- > 0) throw new Error('could not write', { cause: new StoreUnavailable('away') });
        },
      });
      await bus.publish([story.record('k', 1)]);
      await follower.subscription.caughtUp();
      expect(follower.numbers()).toEqual([1]);
      expect(await story.waiting(bus, follower.group)).toEqual([]);
    });
  });
}

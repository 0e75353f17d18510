import { agent, standing } from '@chancery/domain';
import { streamName } from '@chancery/events';
import { metrics } from '@chancery/platform';
import { waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LeaseWorld, openLeaseWorld, type ReapingProcess } from '../spec-kit/leases.js';

const many = 2_000;
const timeout = 120_000;
const lapses = ['agent.expiry-warned', 'agent.expired', 'agent.deleted'] as const;

let world: LeaseWorld;
const processes: ReapingProcess[] = [];
const begin = async (): Promise<ReapingProcess> => {
  const begun = await world.process();
  processes.push(begun);
  return begun;
};

beforeAll(async () => {
  world = await openLeaseWorld();
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.close()));
});
afterAll(() => world.close());

/** How often somebody looked at the clocks and found them apart. */
const looked = async () => (await metrics.leaseAlarms.get()).values.find(({ labels }) => labels.reason === 'clocks_disagree')?.value ?? 0;
const lookedAgain = async () => {
  const before = await looked();
  await waitFor(async () => (await looked()) >= before + 5);
};

/** Agents in the revocation set. */
const ended = async (): Promise<number> => {
  const [row] = await world.behind.query<{ ended: number }>(`select count(*)::integer as ended from es.revocation where kind = 'agent'`);
  return row?.ended ?? 0;
};

describe('agents whose leases run out together (IAT-08, S-017)', () => {
  let agents: readonly string[];
  beforeAll(async () => {
    agents = await world.register(many, { ends: 7_200 });
    // These should be reaped from the first moment on.
    await world.register(10, { ends: -1 });
  }, timeout);

  it.each([
    ['this process’s own', { wall: 7_300 }],
    ['the database’s', { database: 7_300 }],
  ])('are not reaped, any of them, while %s clock is ahead alone, and the alarm says why', async (_which, ahead) => {
    await world.move(ahead);
    const { store } = await begin();
    await store.read(streamName('agent', 'nobody'));
    await lookedAgain();
    expect([...new Set(world.alarms.splice(0))]).toEqual(['clocks_disagree']);
    expect(await world.count(...lapses)).toEqual({ events: 0, agents: 0 });
    await Promise.all(processes.splice(0).map((each) => each.close()));
    await world.move({ database: 0, wall: 0 });
  });

  it(
    'are refused at once, before anybody recorded it',
    async () => {
      await world.move({ database: 7_300, wall: 7_300 });
      const states = await Promise.all(agents.map((agentId) => world.store.fold(streamName('agent', agentId), agent, 'fresh')));
      expect(new Set(states.map(({ state }) => standing(state, world.store.now())))).toEqual(new Set(['lease_expired']));
      expect(await world.count(...lapses)).toEqual({ events: 0, agents: 0 });
    },
    timeout,
  );

  it(
    'are reaped once each, by a reaper that is killed five times on the way',
    async () => {
      for (let killed = 0; killed < 5; killed++) {
        const dying = await begin();
        const reaped = await waitFor(
          async () => {
            const deleted = await ended();
            return deleted > ((killed + 1) * many) / 7 && deleted;
          },
          { timeout },
        );
        expect(reaped).toBeLessThan(many);
        // Its lock, its appends and its readings end where they are; the next one begins while it still thinks that it leads.
        await world.behind.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'chancery_registration'`,
        );
        void dying.reaper.stop();
      }
      await begin();
      await waitFor(async () => (await ended()) === many + 10, { timeout });
      await world.listed();
      const once = { events: many + 10, agents: many + 10 };
      expect([await world.count('agent.expired'), await world.count('agent.deleted')]).toEqual([once, once]);
      expect(await world.behind.query('select status, count(*)::integer as count from registration.agent group by status')).toEqual([
        { status: 'deleted', count: many + 10 },
      ]);
      expect(world.alarms).toEqual([]);
    },
    timeout,
  );
});

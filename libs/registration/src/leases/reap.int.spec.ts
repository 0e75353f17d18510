import { StoreUnavailable } from '@chancery/eventstore';
import { movedClock } from '@chancery/eventstore/moved-clock';
import { type AgentEvent, streamName } from '@chancery/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LeaseWorld, openLeaseWorld } from '../spec-kit/leases.js';

let world: LeaseWorld;
beforeAll(async () => {
  world = await openLeaseWorld();
});
afterAll(() => world.close());

const [registered, warned, expired, deleted] = ['agent.registered', 'agent.expiry-warned', 'agent.expired', 'agent.deleted'];

let passed = 0;
/** By both clocks. */
const pass = async (seconds: number) => {
  passed += seconds;
  await world.move({ database: passed, wall: passed });
};
const one = async (lease: { ends: number; graceEnds?: number }): Promise<string> => (await world.register(1, lease))[0] ?? '';
const renewed = (agentId: string, ends: number, graceEnds: number): AgentEvent => ({
  type: 'agent.renewed',
  agentId,
  leaseEndsAt: Math.floor(world.store.now()) + ends,
  graceEndsAt: Math.floor(world.store.now()) + graceEnds,
  by: agentId,
});

describe('a lease that runs out (IAT-08)', () => {
  it('is warned of an hour ahead, ends, and with its grace the registration, each once', async () => {
    const agentId = await one({ ends: 7_200, graceEnds: 7_800 });
    const history = async () => {
      await world.reap();
      await world.reap();
      return world.typesOf(agentId);
    };
    await pass(3_590);
    expect(await history()).toEqual([registered]);
    await pass(20);
    expect(await history()).toEqual([registered, warned]);
    await pass(3_600);
    expect(await history()).toEqual([registered, warned, expired]);
    await pass(600);
    expect(await history()).toEqual([registered, warned, expired, deleted]);
    const [last] = (await world.store.read(streamName('agent', agentId))).slice(-1);
    expect(last?.event).toEqual({ type: 'agent.deleted', agentId, cause: 'lease_ended', by: 'system' });
  });

  it('is another one after a renewal, also within the grace', async () => {
    const agentId = await one({ ends: 7_200, graceEnds: 7_800 });
    await pass(7_210);
    await world.reap();
    await world.record(agentId, renewed(agentId, 7_200, 7_800));
    await world.reap();
    expect(await world.typesOf(agentId)).toEqual([registered, expired, 'agent.renewed']);
    await pass(3_610);
    await world.reap();
    await pass(3_600);
    await world.reap();
    await pass(600);
    await world.reap();
    expect((await world.typesOf(agentId)).slice(3)).toEqual([warned, expired, deleted]);
  });

  it('is not warned of when it was given for less time than that', async () => {
    const agentId = await one({ ends: 3_600 });
    await pass(3_500);
    await world.reap();
    expect(await world.typesOf(agentId)).toEqual([registered]);
    await pass(110);
    await world.reap();
    expect(await world.typesOf(agentId)).toEqual([registered, expired, deleted]);
  });
});

describe('a round of the reaper', () => {
  it('and another one at the same time, of another replica, reap everybody once', async () => {
    const agents = await world.register(300, { ends: -1, graceEnds: 60 });
    const other = await world.process();
    await other.reaper.stop();
    await Promise.all([world.reap(), world.reap(other.store), world.reap(), world.reap(other.store)]);
    await other.close();
    for (const agentId of agents) expect(await world.typesOf(agentId)).toEqual([registered, expired]);
  });

  it('believes the stream, whatever the list says: nobody is warned of, ended or deleted before his time', async () => {
    const agentId = await one({ ends: 90_000 });
    const late = await one({ ends: 90_000 });
    await world.behind.query('update registration.agent set due_at = 1, lease_ends_at = 1, grace_ends_at = 1 where agent_id = $1', [
      agentId,
    ]);
    // The list is behind: it has not heard of the renewal, nor of the deletion.
    await world.behind.query(`update registration.agent set due_at = 1, status = 'active' where agent_id = $1`, [late]);
    await world.record(late, { type: 'agent.deleted', agentId: late, cause: 'client_request', by: late });
    await world.behind.query(`update registration.agent set due_at = 1, status = 'active' where agent_id = $1`, [late]);
    await world.reap();
    expect([await world.typesOf(agentId), await world.typesOf(late)]).toEqual([[registered], [registered, deleted]]);
  });

  it('ends where a clock jumps in the middle of it', async () => {
    const [agentId = ''] = await world.register(1, { ends: -1, graceEnds: 60 });
    // Behind the back of the store, which hears of it by the first stream that is read.
    await world.behind.query(movedClock(passed + 100));
    await world.reap();
    expect([world.alarms.splice(0), await world.typesOf(agentId)]).toEqual([['clocks_disagree'], [registered]]);
    await pass(0);
    await world.reap();
    expect([world.alarms, await world.typesOf(agentId)]).toEqual([[], [registered, expired]]);
  });

  it('goes on behind an agent whose stream cannot be read, and says so', async () => {
    const [bad = '', ...others] = await world.register(100, { ends: -100, graceEnds: 60 });
    await world.behind.query(`update registration.agent set due_at = 1 where agent_id = $1`, [bad]);
    await world.behind.query(
      `begin; set local session_replication_role = replica;
       update es.event set type = 'agent.unheard-of' where stream = '${streamName('agent', bad)}'; commit`,
    );
    await expect(world.reap()).rejects.toThrow(StoreUnavailable);
    for (const agentId of others) expect(await world.typesOf(agentId)).toEqual([registered, expired]);
    await world.behind.query(`update registration.agent set due_at = null where agent_id = $1`, [bad]);
  });
});

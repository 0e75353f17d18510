import { generateKeyPairSync } from 'node:crypto';
import { signBeat, signEntry } from '@chancery/oauth';
import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../spec-kit/world.js';

let world: World;
const started = async (): Promise<void> => {
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
};
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const status = async (request: Parameters<World['call']>[0] = {}): Promise<number> => (await world.call(request)).status;
/** The bus lives: a heartbeat every second of the moved clock, so that the feed is not asked. */
const pass = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second += 1) {
    world.clock.move(1);
    await world.bus.deliver(world.lane.beat());
  }
};

describe('a gateway that starts', () => {
  it('is not ready, and lets nothing through, before the whole set is loaded (S-095)', async () => {
    world.lane.pageSize = 1;
    world.lane.revoke('grant', 'gr_a');
    world.lane.revoke('grant', 'gr_1');
    world.lane.away = true;
    await world.gateway.start();
    await waitFor(() => world.keySet.fetched > 0);
    expect(world.gateway.ready()).toBe(false);
    expect(await status()).toBe(503);
    expect(world.refused.map(({ error }) => error.refusal)).toEqual(['not_ready']);
    world.lane.away = false;
    world.clock.move(10);
    await waitFor(() => world.gateway.ready());
    expect(world.lane.asks.filter(({ after }) => after === '1')).toHaveLength(1);
    expect(await status()).toBe(401);
    expect(await status({ token: await world.token({ grant_id: 'gr_2' }) })).toBe(200);
  });

  it('does not believe heartbeats of the bus before it has loaded', async () => {
    world.lane.away = true;
    await world.gateway.start();
    await world.bus.deliver(world.lane.beat());
    expect(world.gateway.ready()).toBe(false);
    world.lane.away = false;
    world.clock.move(1);
    await waitFor(() => world.gateway.ready());
    // Nor does it say that it is as far as they are.
    expect(world.lane.asks.slice(0, 2).map(({ applied }) => applied)).toEqual([0, 0]);
    await waitFor(() => world.bus.acknowledgements().length > 0);
    expect(world.bus.acknowledgements()[0]?.['appliedThrough']).toBeGreaterThanOrEqual(1_790_000_001_000_000);
  });
});

describe('a revocation', () => {
  beforeEach(started);

  it.each<[string, Parameters<World['lane']['revoke']>]>([
    ['its grant', ['grant', 'gr_1']],
    ['its agent, up to now', ['agent', 'ag_1', 1_790_000_000]],
    ['its initial access token', ['iat', 'it_1']],
  ])('of %s ends a token in the very next call, cached or not (GW-05, GW-07)', async (_name, revoked) => {
    const token = await world.token();
    expect(await status({ token })).toBe(200);
    await world.bus.deliver(world.lane.revoke(...revoked));
    expect(await status({ token })).toBe(401);
    expect(world.bus.calls().at(-1)).toMatchObject({ decision: 'denied', status: 401, reason: 'token_revoked', grant: 'gr_1' });
  });

  it('of its key and of the key that signed it ends it', async () => {
    await world.bus.deliver(world.lane.revoke('instance', world.holder.thumbprint));
    expect(await status()).toBe(401);
    const other = await world.token({ cnf: undefined });
    expect(other).toBeDefined();
    await world.bus.deliver(world.lane.revoke('key', world.signer.thumbprint));
    expect(await status()).toBe(401);
  });

  it('of an ancestor ends what was exchanged from it', async () => {
    const token = await world.token({ grant_id: 'gr_child', lineage: [{ grant: 'gr_parent', agent: 'ag_1', kid: 'k0' }] });
    expect(await status({ token })).toBe(200);
    await world.bus.deliver(world.lane.revoke('grant', 'gr_parent'));
    expect(await status({ token })).toBe(401);
  });

  it('"before T" hits what was issued in that second, not what was issued after it', async () => {
    await world.bus.deliver(world.lane.revoke('agent', 'ag_1', 1_790_000_000));
    expect(await status()).toBe(401);
    expect(await status({ token: await world.token({ iat: 1_790_000_001 }) })).toBe(200);
  });

  it('of something else disturbs nobody', async () => {
    await world.bus.deliver(world.lane.revoke('grant', 'gr_2'));
    expect(await status()).toBe(200);
  });
});

describe('a record of the bus', () => {
  beforeEach(started);
  const stranger = { kid: 'revocations-1', privateKey: generateKeyPairSync('ed25519').privateKey };
  const entry = { kind: 'grant', id: 'gr_1', t: 'for-ever', position: 1n, at: 1_790_000_000_000_000 } as const;
  const beat = { through: 1_790_000_099_000_000, entries: 0, digest: '0'.repeat(64), position: 0n, counter: 99, at: 1 };

  it.each<[string, () => { type: string; data: string | Uint8Array; sig?: string }, string]>([
    ['that somebody else signed', () => signEntry(entry, stranger), 'record_forged'],
    ['of an unknown key', () => signEntry(entry, { ...stranger, kid: 'other' }), 'record_unknown_key'],
    ['without signature', () => ({ type: 'revocation.entered', data: signEntry(entry, stranger).data }), 'record_unsigned'],
    ['that is a forged heartbeat', () => signBeat(beat, stranger), 'record_forged'],
    ['that is a tombstone', () => ({ type: 'revocation.entered', data: new Uint8Array() }), 'tombstone'],
    ['of bytes that are no text', () => ({ ...signEntry(entry, stranger), data: Uint8Array.of(0xff, 0xfe) }), 'record_forged'],
  ])('%s changes nothing and alarms', async (_name, make, alarm) => {
    await world.bus.deliver(make());
    expect(world.alarms).toEqual([alarm]);
    expect(await status()).toBe(200);
  });

  it.each([
    ['a tombstone', 'tombstone', 'tombstone'],
    ['what is none of ours', 'not a CloudEvent of ours: another content type', 'record_unreadable'],
    ['what failed', 'Error: no', 'record_unreadable'],
  ])('that the bus itself sets aside, %s, alarms', async (_name, cause, alarm) => {
    world.bus.setAside(cause);
    expect(world.alarms).toEqual([alarm]);
    expect(await status()).toBe(200);
  });

  it('that is an old heartbeat again changes nothing and alarms', async () => {
    const old = world.lane.beat();
    await world.bus.deliver(old);
    expect(world.alarms).toEqual([]);
    await pass(1);
    await world.bus.deliver(old);
    expect(world.alarms).toEqual(['record_replayed']);
    expect(await status()).toBe(200);
  });

  it('that is an entry again is no news', async () => {
    const record = world.lane.revoke('grant', 'gr_2');
    await world.bus.deliver(record);
    await world.bus.deliver(record);
    expect(world.alarms).toEqual([]);
    await pass(3);
    expect(world.alarms).toEqual([]);
  });

  it('that is an entry long over changes nothing and alarms (S-163)', async () => {
    const record = world.lane.revoke('grant', 'gr_1');
    await world.bus.deliver(record);
    world.clock.move(961);
    await world.bus.deliver(world.lane.beat());
    await waitFor(() => world.gateway.ready());
    const before = world.alarms.length;
    // It may have ended on its way.
    await world.bus.deliver(record);
    expect(world.alarms.slice(before)).toEqual([]);
    await pass(60);
    await world.bus.deliver(record);
    expect(world.alarms.slice(before)).toEqual(['record_replayed']);
  });

  it('that is of a kind nobody knows alarms', async () => {
    const made = world.lane.revoke('planet' as 'grant', 'x');
    await world.bus.deliver(made);
    expect(world.alarms).toEqual(['record_kind_unknown']);
  });
});

describe('a set that is not the one the heartbeats speak of', () => {
  beforeEach(started);

  it('is loaded again after the second mismatch, and goes on serving; what was lost is in force then', async () => {
    world.lane.revoke('grant', 'gr_lost');
    const token = await world.token({ grant_id: 'gr_lost' });
    await pass(1);
    expect(world.alarms).toEqual([]);
    expect(await status({ token })).toBe(200);
    await pass(1);
    expect(world.alarms).toEqual(['digest_mismatch']);
    expect(await status()).toBe(200);
    await waitFor(async () => (await status({ token })) === 401);
    await pass(3);
    expect(world.alarms).toEqual(['digest_mismatch']);
    expect(await status()).toBe(200);
  });

  it('is judged by no more when the feed disagrees with itself, until it does not', async () => {
    world.lane.lie = { digest: 'f'.repeat(64) };
    await pass(2);
    await waitFor(() => world.alarms.includes('feed_disagrees'));
    expect(world.alarms).toEqual(['digest_mismatch', 'feed_disagrees']);
    expect(world.gateway.ready()).toBe(false);
    expect(await status()).toBe(503);
    world.lane.lie = undefined;
    await pass(2);
    await waitFor(() => world.gateway.ready());
    expect(await status()).toBe(200);
  });

  it('is not suspected when an entry overtakes a heartbeat', async () => {
    const early = world.lane.beat(world.clock.database() + 0.5);
    await world.bus.deliver(world.lane.revoke('grant', 'gr_2'));
    await world.bus.deliver(early);
    await world.bus.deliver(world.lane.beat(world.clock.database() + 1));
    await pass(2);
    expect(world.alarms).toEqual([]);
  });
});

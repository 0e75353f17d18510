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

describe('a gateway that loses its ways of hearing (S-094)', () => {
  beforeEach(started);

  it('turns to the feed when heartbeats stop, says how far it is, and back when they come again', async () => {
    await pass(2);
    const asked = world.lane.asks.length;
    expect(world.lane.asks.every(({ wait }) => wait === 0)).toBe(true);
    for (let second = 0; second < 10; second += 1) {
      world.clock.move(1);
      await waitFor(() => world.gateway.ready() && (second < 2 || world.lane.asks.length > asked + second - 2));
      expect(await status()).toBe(200);
    }
    expect(world.lane.asks.at(-1)).toMatchObject({ wait: 1, gateway: 'gw-1' });
    expect(world.lane.asks.at(-1)?.applied).toBeGreaterThan(1_790_000_002_000_000);
    world.lane.revoke('grant', 'gr_1');
    await waitFor(async () => (await status()) === 401);
    // By itself, at both: the bus may be away for what gateways say, too.
    await waitFor(() => world.lane.asks.some(({ positions }) => positions.length > 0));
    expect(world.lane.asks.flatMap(({ positions }) => positions)).toEqual([1n]);
    expect(world.lane.asks.at(-1)).toMatchObject({ budget: 30 });
    expect(world.bus.acknowledgements().filter(({ position }) => position !== undefined)).toMatchObject([{ position: '1' }]);

    await world.bus.deliver(world.lane.beat());
    world.clock.move(1);
    await world.bus.deliver(world.lane.beat());
    const back = world.lane.asks.length;
    const said = world.bus.acknowledgements().length;
    await pass(5);
    await waitFor(() => world.bus.acknowledgements().length > said);
    expect(world.lane.asks.slice(back).filter(({ wait }) => wait > 0)).toEqual([]);
  });

  it('says at the next asking what it could not say at one that failed', async () => {
    await pass(1);
    world.clock.move(3);
    await waitFor(() => world.lane.asks.some(({ wait }) => wait === 1));
    // An answer brings it, and the asking that says so finds nobody.
    world.lane.onAsk = ({ positions }) => void (positions.length > 0 && (world.lane.away = true));
    world.lane.revoke('grant', 'gr_1');
    world.clock.move(1);
    await waitFor(() => world.lane.away);
    world.lane.onAsk = undefined;
    world.lane.away = false;
    const asked = world.lane.asks.length;
    world.clock.move(1);
    await waitFor(() => world.lane.asks.length > asked);
    expect(world.lane.asks[asked]?.positions).toEqual([1n]);
  });

  it('goes on for its budget, then denies with 503, says why, and is not ready', async () => {
    await pass(1);
    world.lane.away = true;
    world.clock.move(4);
    expect(await status()).toBe(200);
    world.clock.move(1);
    expect(await status()).toBe(200);
    world.clock.move(0.01);
    const { status: denied, headers, body } = await world.call();
    expect([denied, headers['retry-after'], JSON.parse(body)]).toEqual([503, '1', { error: 'temporarily_unavailable' }]);
    expect(headers['www-authenticate']).toBeUndefined();
    expect(world.bus.calls().at(-1)).toMatchObject({ decision: 'denied', status: 503, reason: 'feed_stale', agent: 'ag_1' });
    expect(world.gateway.ready()).toBe(false);
    await waitFor(() => world.alarms.includes('revocations_old'));
  });

  it('catches up before it accepts again', async () => {
    await pass(1);
    world.lane.away = true;
    world.clock.move(20);
    world.lane.pageSize = 1;
    for (const id of ['gr_a', 'gr_b', 'gr_1']) world.lane.revoke('grant', id);
    expect(await status()).toBe(503);
    world.lane.away = false;
    const seen = new Set<number>();
    await waitFor(async () => {
      seen.add(await status());
      return seen.has(401);
    });
    expect(seen).toEqual(new Set([401, 503]));
    expect(await status({ token: await world.token({ grant_id: 'gr_2' }) })).toBe(200);
  });

  it('has the longer budget while the feed says that the store itself is away, and no longer than that', async () => {
    await pass(1);
    world.lane.storeAway = true;
    for (let second = 0; second < 29; second += 1) {
      const asked = world.lane.asks.length;
      world.clock.move(1);
      if (second >= 2) await waitFor(() => world.lane.asks.length > asked);
    }
    expect(await status()).toBe(200);
    world.clock.move(2);
    expect(await status()).toBe(503);
  });

  it('does not take the feed’s word for longer than the feed answers', async () => {
    await pass(1);
    world.lane.storeAway = true;
    world.clock.move(3);
    const asked = world.lane.asks.length;
    await waitFor(() => world.lane.asks.length > asked);
    world.lane.away = true;
    world.clock.move(6);
    expect(await status()).toBe(503);
  });

  it('is not led by the time of arrival: a heartbeat of long ago makes nothing current', async () => {
    world.lane.away = true;
    const early = world.lane.beat(world.clock.database() + 1);
    world.clock.move(10);
    await world.bus.deliver(early);
    expect(await status()).toBe(503);
  });
});

describe('a route with a budget of its own', () => {
  it('that forbids the longer one denies where others go on', async () => {
    await world.close();
    world = await openWorld({ budgets: { stalenessBudget: 5, storeAwayBudget: 0 } });
    await started();
    await pass(1);
    world.lane.storeAway = true;
    world.clock.move(4);
    await waitFor(() => world.lane.asks.some(({ wait }) => wait === 1));
    expect(await status()).toBe(200);
    world.clock.move(2);
    expect(await status()).toBe(503);
  });
});

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

/** The bus lives: a heartbeat every second of the moved clock, so that the feed is not asked. */
const pass = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second += 1) {
    world.clock.move(1);
    await world.bus.deliver(world.lane.beat());
  }
};

describe('a revocation', () => {
  beforeEach(started);

  it('is acknowledged at once, by itself, and again with the T that covers it; else every five seconds', async () => {
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 1);
    expect(world.bus.acknowledgements()[0]).not.toHaveProperty('position');
    await world.bus.deliver(world.lane.revoke('grant', 'gr_2'));
    await waitFor(() => world.bus.acknowledgements().length === 2);
    // Which one it is, though no heartbeat covers it yet; and how long this gateway goes on when it hears nothing.
    expect(world.bus.acknowledgements()[1]).toEqual({
      type: 'gateway.acknowledged',
      gateway: 'gw-1',
      run: expect.any(String) as string,
      entries: 1,
      appliedThrough: 1_790_000_001_000_000,
      position: '1',
      budget: 30,
    });
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 3);
    expect(world.bus.acknowledgements()[2]).toMatchObject({ appliedThrough: 1_790_000_002_000_000 });
    expect(world.bus.acknowledgements()[2]).not.toHaveProperty('position');
    await pass(4);
    expect(world.bus.acknowledgements()).toHaveLength(3);
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 4);
  });
});

describe('several revocations at once', () => {
  beforeEach(async () => {
    await started();
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 1);
    world.bus.published.length = 0;
  });
  const said = () => world.bus.acknowledgements().flatMap(({ position }) => (position === undefined ? [] : [position]));
  /** They come while one acknowledgement is on its way, and so wait to be said together. */
  const storm = async (count: number) => {
    const sent = Promise.withResolvers<void>();
    world.bus.sending = sent.promise;
    for (let n = 0; n <= count; n += 1) await world.bus.deliver(world.lane.revoke('grant', `gr_s${n}`));
    world.bus.sending = undefined;
    sent.resolve();
  };

  it('are acknowledged each by itself, in whatever order they came', async () => {
    const [first, second] = [world.lane.revoke('grant', 'gr_2'), world.lane.revoke('grant', 'gr_3')];
    await world.bus.deliver(second);
    world.clock.move(0.25);
    await world.bus.deliver(first);
    await waitFor(() => said().length === 2);
    expect(said()).toEqual(['2', '1']);
    // Each since it is in force.
    const times = world.bus.published.map(({ time }) => time);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(250_000);
  });

  it('are acknowledged once, though both ways bring them', async () => {
    const record = world.lane.revoke('grant', 'gr_2');
    await world.bus.deliver(record);
    await world.bus.deliver(record);
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 2);
    expect(said()).toEqual(['1']);
  });

  it('are said one by one up to sixteen that wait', async () => {
    await storm(16);
    await waitFor(() => said().length === 17);
    expect(said()).toEqual(Array.from({ length: 17 }, (_, n) => String(n + 1)));
  });

  it('are left to T when more than sixteen wait', async () => {
    await storm(17);
    await waitFor(() => world.bus.acknowledgements().length === 2);
    expect(said()).toEqual(['1']);
    expect(world.bus.acknowledgements()[1]).toMatchObject({ entries: 18, appliedThrough: 1_790_000_001_000_000 });
    await pass(1);
    await waitFor(() => world.bus.acknowledgements().length === 3);
    expect(world.bus.acknowledgements()[2]).toMatchObject({ entries: 18, appliedThrough: 1_790_000_002_000_000 });
  });

  it('are never acknowledged by the T of a heartbeat that overtook one of them, until it is there', async () => {
    const late = world.lane.revoke('grant', 'gr_2');
    world.lane.away = true;
    await pass(1);
    world.clock.move(4);
    await waitFor(() => world.bus.acknowledgements().length > 0);
    expect(world.bus.acknowledgements()).toMatchObject([{ appliedThrough: 1_790_000_001_000_000, entries: 0 }]);
    await world.bus.deliver(late);
    await waitFor(() => said().length === 1);
  });
});

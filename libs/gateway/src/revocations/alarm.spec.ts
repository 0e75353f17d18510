import { generateKeyPairSync } from 'node:crypto';
import { signEntry } from '@chancery/oauth';
import { type Log, silentLog } from '@chancery/platform';
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

describe('what lay on the topic before the start', () => {
  const logged: string[] = [];
  const log: Log = { ...silentLog, warn: ({ reason, count }) => void logged.push(`${reason ?? ''} ${count ?? ''}`) };
  const stranger = { kid: 'revocations-1', privateKey: generateKeyPairSync('ed25519').privateKey };
  const forged = signEntry({ kind: 'grant', id: 'gr_1', t: 'for-ever', position: 1n, at: 1_790_000_000_000_000 }, stranger);

  it('was told when it came: it alarms nobody, and is one warning with how much of it there was', async () => {
    await world.close();
    logged.length = 0;
    world = await openWorld({ log });
    const caughtUp = Promise.withResolvers<void>();
    world.bus.caughtUp = caughtUp.promise;
    await started();
    const old = world.lane.beat();
    await world.bus.deliver(world.lane.beat());
    for (const record of [old, forged, forged]) await world.bus.deliver(record);
    world.bus.setAside('tombstone');
    expect([world.alarms, await status()]).toEqual([[], 200]);
    caughtUp.resolve();
    await waitFor(() => logged.length === 3);
    expect(logged).toEqual(['record_replayed 1', 'record_forged 2', 'tombstone 1']);
    for (const record of [old, forged]) await world.bus.deliver(record);
    world.bus.setAside('tombstone');
    expect(world.alarms).toEqual(['record_replayed', 'record_forged', 'tombstone']);
  });

  it('does not keep the feed from alarming', async () => {
    world.bus.caughtUp = new Promise(() => undefined);
    world.lane.lie = { digest: 'f'.repeat(64) };
    await world.gateway.start();
    await waitFor(() => world.alarms.includes('feed_disagrees'));
  });
});

describe('whoever is told of an alarm', () => {
  it('cannot stop the set by failing', async () => {
    await world.close();
    world = await openWorld({
      onAlarm: () => {
        throw new Error('no');
      },
    });
    await started();
    await world.bus.deliver(
      signEntry(
        { kind: 'grant', id: 'gr_9', t: 'for-ever', position: 9n, at: 1 },
        { kid: 'x', privateKey: generateKeyPairSync('ed25519').privateKey },
      ),
    );
    await world.bus.deliver(world.lane.revoke('grant', 'gr_1'));
    expect(await status()).toBe(401);
  });
});

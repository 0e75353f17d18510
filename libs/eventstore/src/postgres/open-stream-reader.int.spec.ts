import type { ChanceryEvent } from '@chancery/events';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseRole, migrate, type ServiceRole } from '../index.js';
import { movedClock } from '../moved-clock.js';
import { openEventStore } from './open-event-store.js';
import { openStreamReader } from './open-stream-reader.js';

const stream = 'main/config/main';
const defined = (name: string): ChanceryEvent => ({
  type: 'config.resource-defined',
  resource: `https://${name}.example`,
  name,
  scope: ['a'],
  by: 'system',
});
const names = {
  initial: [] as readonly string[],
  evolve: (state: readonly string[], event: ChanceryEvent) => ('name' in event ? [...state, event.name] : state),
};

async function database() {
  const url = await freshDatabase();
  await migrate({ url });
  const as = (role: ServiceRole) => Object.assign(new URL(url), { username: databaseRole(role) }).href;
  const connect = async (to: string) => {
    const connected = await new DataSource({ type: 'postgres', url: to, installExtensions: false }).initialize();
    onTestFinished(() => (connected.isInitialized ? connected.destroy() : undefined));
    return connected;
  };
  const store = await openEventStore({ url: as('registration'), role: 'registration', readers: 1, lanes: 1 });
  onTestFinished(() => store.close());
  const audit = await connect(as('audit'));
  const define = async (name: string, expected: number) =>
    expect(await store.append({ streams: [{ stream, expected, events: [defined(name)] }] })).toMatchObject({ outcome: 'recorded' });
  return { owner: () => connect(url), audit, define };
}

describe('who appends nothing', () => {
  it('reads and folds streams, with what was recorded since', async () => {
    const { audit, define } = await database();
    const reader = await openStreamReader(audit);
    onTestFinished(() => reader.close());
    await define('first', 0);
    expect(await reader.fold(stream, names)).toMatchObject({ state: ['first'], revision: 1 });
    await define('second', 1);
    expect(await reader.fold(stream, names, 'fresh')).toMatchObject({ state: ['first', 'second'], revision: 2 });
    expect((await reader.read(stream)).map(({ event }) => event)).toEqual([defined('first'), defined('second')]);
    expect(reader).not.toHaveProperty('append');
  });

  it('lives by the database’s clock', async () => {
    const { audit, owner } = await database();
    await (await owner()).query(movedClock(3_600));
    const reader = await openStreamReader(audit);
    onTestFinished(() => reader.close());
    const rows: { now: number }[] = await audit.query('SELECT extract(epoch FROM es.now())::float8 AS now');
    expect(Math.abs(reader.now() - (rows[0]?.now ?? 0))).toBeLessThan(5);
  });

  it('is healthy as long as its connections are, and leaves them open', async () => {
    const { audit } = await database();
    const reader = await openStreamReader(audit);
    expect(await reader.healthy()).toBe(true);
    reader.close();
    expect(await audit.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await audit.destroy();
    expect(await reader.healthy()).toBe(false);
  });

  it('does not begin where the database cannot be asked its time', async () => {
    const url = await freshDatabase();
    const empty = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
    onTestFinished(() => empty.destroy());
    await expect(openStreamReader(empty)).rejects.toThrow('schema "es" does not exist');
  });
});

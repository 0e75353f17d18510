import 'reflect-metadata';
import { type LogFields, silentLog } from '@chancery/platform';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { rfc3339 } from '../log/time.js';
import { auditDatabase } from '../spec-kit/database.js';
import { acknowledged, messageOf } from '../spec-kit/records.js';
import { keepAcknowledgements } from './acknowledgements.js';
import { Gateways } from './gateways.js';
import { listGateways } from './list-gateways.js';

const second = 1_000_000;

let dataSource: DataSource;
let owner: DataSource;
/** Microseconds by the database's clock when a spec begins. */
let now = 0;

const clock = async (): Promise<number> => {
  const [row]: { now: string }[] = await owner.query('SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now');
  return Number(row?.now);
};

beforeAll(async () => {
  const database = await freshDatabase();
  dataSource = await openAuditDatabase({ url: await auditDatabase(database), connections: 4 });
  owner = await new DataSource({ type: 'postgres', url: database, installExtensions: false }).initialize();
});
beforeEach(async () => {
  await owner.query('DELETE FROM audit.gateway');
  now = await clock();
});
afterAll(async () => {
  await Promise.all([dataSource.destroy(), owner.destroy()]);
});

/** What a gateway says, so many microseconds after the spec began by its own clock. */
const word = (change: Parameters<typeof acknowledged>[0], after = 0) => messageOf(acknowledged(change), { time: now + after });
const keep = (...words: ReturnType<typeof word>[]) => keepAcknowledgements(dataSource, words);
const list = async () => (await listGateways(dataSource, 'main')).gateways;

describe('a word of a gateway whose clock is ahead', () => {
  const heardAt = async () => {
    const rows: { heard_at: string }[] = await owner.query('SELECT heard_at FROM audit.gateway');
    return rows.map((row) => Number(row.heard_at));
  };

  it('by less than a minute is heard now, not later, and its next word replaces it', async () => {
    await keep(word({ entries: 4, position: '41' }, 50 * second));
    const [heard = Infinity] = await heardAt();
    expect(heard).toBeGreaterThanOrEqual(now);
    expect(heard).toBeLessThanOrEqual(await clock());
    expect((await list())[0]?.applied).toEqual([{ position: '41', at: rfc3339(heard) }]);
    await keep(word({ entries: 5 }, 49 * second));
    expect(await list()).toMatchObject([{ entries: 5 }]);
  });

  it('is the newest of its batch by its own clock', async () => {
    await keep(word({ entries: 4 }, 40 * second), word({ entries: 6 }, 50 * second), word({ entries: 5 }, 45 * second));
    expect(await list()).toMatchObject([{ entries: 6 }]);
  });

  it('by more than a minute is not kept, names no gateway, replaces no word and wakes nobody', async () => {
    await keep(word({ entries: 4, position: '41' }));
    const before = await listGateways(dataSource, 'main');
    await keep(word({ gateway: 'ghost', position: '42' }, 62 * second));
    await keep(word({ entries: 9, position: '43' }, 365 * 86_400 * second));
    expect({ ...(await listGateways(dataSource, 'main')), as_of: before.as_of }).toEqual(before);
  });

  it('does not keep others in its batch from being heard', async () => {
    await keep(word({ gateway: 'ghost' }, 365 * 86_400 * second), word({ entries: 4 }), word({ entries: 9 }, 62 * second));
    expect(await list()).toMatchObject([{ name: 'gw-1', entries: 4 }]);
  });

  it('is an alarm in the log, once for each gateway', async () => {
    const logged: LogFields[] = [];
    const log = { ...silentLog, error: (fields: LogFields) => void logged.push(fields) };
    const gateways = new Gateways(dataSource, { keys: () => undefined, now: () => 0 }, log);
    await gateways.acknowledge([word({ gateway: 'gw-1' }), word({ gateway: 'gw-2' }, 50 * second)]);
    expect(logged).toEqual([]);
    await gateways.acknowledge([word({ gateway: 'gw-1' }, 62 * second), word({ gateway: 'gw-1' }, 63 * second)]);
    await gateways.acknowledge([word({ gateway: 'gw-1' }, 64 * second), word({ gateway: 'gw-2' }, 64 * second)]);
    expect(logged).toEqual(['gw-1', 'gw-2'].map((id) => ({ id, reason: 'acknowledgement_ahead' })));
  });
});

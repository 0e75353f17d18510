import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { UnreadableEvent } from '@chancery/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, register } from '../contract-suite/appends.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newId } from '../contract-suite/sample-events.js';
import { StoreUnavailable, type Fold } from '../contract.js';
import { openEventStore, type PostgresEventStore } from './open-event-store.js';

const count: Fold<number> = { initial: 0, evolve: (sum) => sum + 1 };

describe('a stream that cannot be understood', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
    store = await openEventStore({ url: database.as('registration'), role: 'registration' });
  });
  afterAll(async () => {
    await store.close();
    await database.close();
  });

  const spoilt = async (change: { revision?: number; type?: string; version?: number; data?: string }) => {
    const agentId = newId('ag');
    await store.append(register(agentId));
    const { revision = 2, type = 'agent.resumed', version = 1, data = `{"agentId":"${agentId}","reason":"r","by":"b"}` } = change;
    await owner.query(
      `insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
         values (nextval('es.position'), 1, $1, $2, false, gen_random_uuid(), now(), $3, $4, sha256(''), $5)`,
      [revision, version, agentStream(agentId), type, Buffer.from(data)],
    );
    return agentStream(agentId);
  };

  it('is read when nothing is wrong with it', async () => {
    expect((await store.fold(await spoilt({}), count)).state).toBe(2);
  });

  it.each<[string, { type?: string; version?: number; data?: string }, string]>([
    ['an event of an unknown type', { type: 'agent.teleported' }, 'unknown_type'],
    ['an event of a newer version', { version: 9 }, 'newer_version'],
    ['half an event', { data: '{"agentId":"ag_' }, 'malformed'],
    ['an event with a field nobody knows', { data: '{"agentId":"a","reason":"r","by":"b","admin":true}' }, 'malformed'],
  ])('decides nothing: %s', async (_, change, reason) => {
    const stream = await spoilt(change);
    for (const read of [() => store.read(stream), () => store.fold(stream, count), () => store.fold(stream, count, 'fresh')]) {
      const error = await read().catch((thrown: unknown) => thrown as Error);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect((error as Error).message).toMatch(
        new RegExp(`^${stream} cannot be read at revision 2, position \\d+, type ${change.type ?? 'agent.resumed'}$`),
      );
      expect((error as Error).cause).toMatchObject({ name: UnreadableEvent.name, reason });
    }
  });

  it('decides nothing: a revision is missing', async () => {
    const stream = await spoilt({ revision: 3 });
    await expect(store.fold(stream, count)).rejects.toThrow(`${stream} has no revision 2`);
  });
});

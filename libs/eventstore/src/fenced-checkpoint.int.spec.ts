import { freshDatabase, waitFor } from '@chancery/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FencedCheckpoint, LeadLost } from './fenced-checkpoint.js';
import { databaseRole, type ServiceRole } from './migrations/sql/roles.js';
import { beginning } from './reader/cursor.js';
import { type SpecStore, specStore } from './reader/spec-store.js';

let store: SpecStore;
let relay: pg.Client;
const clients: pg.Client[] = [];

const connect = async (role: ServiceRole): Promise<pg.Client> => {
  const url = new URL(store.url);
  url.username = databaseRole(role);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  clients.push(client);
  return client;
};

beforeAll(async () => {
  store = await specStore(await freshDatabase());
  relay = await connect('relay');
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await store.close();
});

const at = (position: number) => ({ epoch: 1, tx: 7n, position: BigInt(position) });
/** As `standForLeader` counts. */
const lead = (name: string, client = relay) =>
  client.query(
    `insert into es.leader as l (name, generation) values ($1, 1) on conflict (name) do update set generation = l.generation + 1`,
    [name],
  );
const checkpoint = (name: string, generation: bigint, queryable = relay) => new FencedCheckpoint({ queryable, name, generation });

describe('the checkpoint of one that leads', () => {
  it('begins at the beginning, and is where the last leader moved it for the next one', async () => {
    await lead('handover');
    const first = checkpoint('handover', 1n);
    expect(await first.read()).toEqual(beginning);
    await first.move(at(1));
    await first.move(at(2));
    await lead('handover');
    const second = checkpoint('handover', 2n);
    expect(await second.read()).toEqual(at(2));
    await second.move(at(3));
    expect(await checkpoint('handover', 2n).read()).toEqual(at(3));
  });

  it('is not moved by a stale leader, from wherever it is', async () => {
    await lead('stale');
    const stale = checkpoint('stale', 1n);
    await stale.move(at(1));
    await lead('stale');
    await expect(stale.move(at(2))).rejects.toThrow(LeadLost);
    await expect(stale.move(at(2))).rejects.toThrow('generation 1 of stale leads no more');
    expect(await checkpoint('stale', 2n).read()).toEqual(at(1));
  });

  it('is not moved from where it no longer is', async () => {
    await lead('moved');
    const [one, other] = [checkpoint('moved', 1n), checkpoint('moved', 1n)];
    await Promise.all([one.read(), other.read()]);
    await one.move(at(5));
    await expect(other.move(at(3))).rejects.toThrow(LeadLost);
    expect(await checkpoint('moved', 1n).read()).toEqual(at(5));
  });

  it('is moved by no one while a successor takes the lead, and not after', async () => {
    await lead('turns');
    const stale = checkpoint('turns', 1n);
    await stale.read();
    const successor = await connect('relay');
    await successor.query('begin');
    await lead('turns', successor);
    const moving = stale.move(at(1)).catch((error: unknown) => error);
    await waitFor(async () => {
      const { rowCount } = await store.client.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount;
    });
    await successor.query('commit');
    expect(await moving).toBeInstanceOf(LeadLost);
    expect(await checkpoint('turns', 2n).read()).toEqual(beginning);
  });

  it('is read anew after a move that nobody heard of', async () => {
    await lead('unheard');
    let deaf = false;
    const queryable = {
      async query(text: string, values?: unknown[]) {
        const answer = await relay.query(text, values);
        if (deaf) throw new Error('Connection terminated');
        return answer;
      },
    };
    const mine = new FencedCheckpoint({ queryable, name: 'unheard', generation: 1n });
    await mine.move(at(1));
    deaf = true;
    await expect(mine.move(at(2))).rejects.toThrow('terminated');
    deaf = false;
    expect(await mine.read()).toEqual(at(2));
    await mine.move(at(3));
  });

  it('is not another role’s to move', async () => {
    await lead('foreign');
    await checkpoint('foreign', 1n).move(at(1));
    await expect(checkpoint('foreign', 1n, await connect('token')).move(at(2))).rejects.toThrow(LeadLost);
    expect(await checkpoint('foreign', 1n).read()).toEqual(at(1));
  });
});

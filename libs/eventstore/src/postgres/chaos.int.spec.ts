import { freshDatabase, seededRandom } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, grantStream, register, resume, suspend } from '../contract-suite/appends.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId, tokenIssued } from '../contract-suite/sample-events.js';
import { lastingReservation } from '../keys.js';
import { openEventStore, type PostgresEventStore } from './open-event-store.js';

interface Issued {
  readonly agentId: string;
  readonly revision: number;
  readonly at: number;
}
interface Ended {
  readonly agentId: string;
  readonly revision: number;
  readonly at: number;
}

const tOf = (at: number) => Math.floor(at / 1e6) + 1;

describe('two replicas of two services under everything at once', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let registrations: PostgresEventStore[];
  let tokens: PostgresEventStore[];
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    owner = await database.connect();
    registrations = await Promise.all(
      [0, 1].map(() => openEventStore({ url: database.as('registration'), role: 'registration', readers: 2 })),
    );
    tokens = await Promise.all([0, 1].map(() => openEventStore({ url: database.as('token'), role: 'token', readers: 2 })));
  });
  afterAll(async () => {
    await Promise.all([...registrations, ...tokens].map((store) => store.close()));
    await database.close();
  });

  it('never record under what was ended, never win twice, never deadlock, never leave half', async () => {
    const random = seededRandom();
    const agents = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const agentId = newId('ag');
        await registrations[0]?.append(register(agentId));
        return agentId;
      }),
    );
    const revisions = new Map(agents.map((agentId) => [agentId, 1]));
    const issued: Issued[] = [];
    const ended: Ended[] = [];
    const winners = new Map<string, number>();

    const issueOne = async () => {
      const agentId = random.pick(agents);
      const revision = revisions.get(agentId) ?? 0;
      const names = Array.from({ length: 1 + random.int(4) }, () => `hot ${random.int(5_000)}`);
      const grants = Array.from({ length: 1 + random.int(3) }, newGrantId);
      const outcome = await random.pick(tokens).append({
        streams: grants.map((id) => ({ stream: grantStream(id), expected: 0, events: [tokenIssued(id, agentId)] })),
        reserve: [...new Set(names)].map((name) => lastingReservation('hot', [name])),
        unchanged: [{ stream: agentStream(agentId), revision }],
        notRevoked: [{ kind: 'agent', id: agentId }],
      });
      if (outcome.outcome !== 'recorded') return;
      issued.push({ agentId, revision, at: outcome.at });
      for (const name of new Set(names)) winners.set(name, (winners.get(name) ?? 0) + 1);
    };
    const endOne = async () => {
      const agentId = random.pick(agents);
      const revision = revisions.get(agentId) ?? 0;
      const store = random.pick(registrations);
      const outcome = await store.append(random.int(3) === 0 ? suspend(agentId, revision) : resume(agentId, revision));
      if (outcome.outcome !== 'recorded') return;
      const [event] = (await store.read(agentStream(agentId))).slice(revision);
      if (event?.event.type === 'agent.suspended') ended.push({ agentId, revision: revision + 1, at: outcome.at });
      revisions.set(agentId, Math.max(revision + 1, revisions.get(agentId) ?? 0));
    };
    await Promise.all(
      Array.from({ length: 48 }, async (_, nth) => {
        for (let turn = 0; turn < 50; turn++) await (nth % 12 === 0 ? endOne() : issueOne());
      }),
    );

    // A few hundred mostly: an agent that was just suspended is issued nothing for its second, and a quick machine is through in few of those.
    expect(issued.length).toBeGreaterThan(20);
    expect(ended.length).toBeGreaterThan(5);
    const underAFence = issued.filter((token) =>
      ended.some((end) => end.agentId === token.agentId && end.revision > token.revision && end.at < token.at),
    );
    const underARevocation = issued.filter((token) =>
      ended.some((end) => end.agentId === token.agentId && end.at < token.at && tOf(end.at) >= Math.floor(token.at / 1e6)),
    );
    const escaped = issued.filter((token) =>
      ended.some((end) => end.agentId === token.agentId && end.at > token.at && tOf(end.at) < Math.floor(token.at / 1e6)),
    );
    expect({ underAFence, underARevocation, escaped }).toEqual({ underAFence: [], underARevocation: [], escaped: [] });
    expect([...winners.values()].filter((count) => count > 1)).toEqual([]);
    const { rows } = await owner.query('select deadlocks::int from pg_stat_database where datname = current_database()');
    expect(rows).toEqual([{ deadlocks: 0 }]);
  }, 60_000);
});

import { agent } from '@chancery/domain';
import { databaseRole, migrate, openEventStore, type PostgresEventStore } from '@chancery/eventstore';
import { type AgentEvent, streamName } from '@chancery/events';
import { generateKey } from '@chancery/oauth/client';
import { freshDatabase } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resetOperator } from './reset-operator.js';
import { type FirstOperator, registration, seed } from './seed.js';

const issuer = 'https://id.example';
const reason = 'laptop lost';

let replicas: readonly PostgresEventStore[];
let store: PostgresEventStore;
beforeAll(async () => {
  const database = await freshDatabase();
  await migrate({ url: database });
  const url = Object.assign(new URL(database), { username: databaseRole('registration') }).href;
  const open = () => openEventStore({ url, role: 'registration', readers: 2, lanes: 1 });
  replicas = await Promise.all([open(), open()]);
  [store] = replicas as [PostgresEventStore];
});
afterAll(() => Promise.all(replicas.map((each) => each.close())));

let made = 0;
function newOperator(): FirstOperator {
  const { publicJwk, thumbprint } = generateKey();
  return {
    clientId: `op_${String(++made).padStart(22, '0')}`,
    jwk: { ...publicJwk, kid: thumbprint, alg: 'ES256' } as FirstOperator['jwk'],
  };
}
const statusOf = async (id: string) => (await store.fold(streamName('agent', id), agent, 'fresh')).state.status;

/** An agent like an operator in everything but where it comes from. */
async function like(operator: FirstOperator, more: Partial<Extract<AgentEvent, { type: 'agent.registered' }>>): Promise<string> {
  const { clientId } = operator;
  const events = [{ ...registration(issuer, operator), ...more }];
  await store.append({ streams: [{ stream: streamName('agent', clientId), expected: 0, events }] });
  return clientId;
}

describe('a reset of the first operator', () => {
  it('ends those whom nobody vouched for, and nobody else; of two at once one operator is left', async () => {
    const first = newOperator();
    await seed(store, issuer, first);
    const ofClass = await like(newOperator(), { class: 'operators', iatId: 'it_1', slot: 1, by: 'it_1' });
    const [a, b] = [newOperator(), newOperator()];
    const ended = await Promise.all(
      [a, b].map((operator, at) => resetOperator(replicas[at] ?? store, issuer, { operator, reason, keep: false })),
    );

    const statuses = await Promise.all([first, a, b].map(({ clientId }) => statusOf(clientId)));
    expect(statuses.toSorted()).toEqual(['active', 'revoked', 'revoked']);
    expect(ended.flat().filter((id) => id === first.clientId)).toHaveLength(1);
    expect(await statusOf(ofClass)).toBe('active');
  });

  it('leaves none behind that another reset makes while it looks at those there are', async () => {
    const [before, between, after] = [newOperator(), newOperator(), newOperator()];
    await resetOperator(store, issuer, { operator: before, reason, keep: false });
    let others: Promise<unknown> | undefined;
    const looking: PostgresEventStore = {
      ...store,
      async fold(stream, fold, reading) {
        await (others ??= resetOperator(store, issuer, { operator: between, reason, keep: false }));
        return store.fold(stream, fold, reading);
      },
    };
    expect(await resetOperator(looking, issuer, { operator: after, reason, keep: false })).toEqual([between.clientId]);
    expect(await Promise.all([before, between, after].map(({ clientId }) => statusOf(clientId)))).toEqual(['revoked', 'revoked', 'active']);
  });

  it('says why in each event, and adds no other', async () => {
    const operator = newOperator();
    const [ended = ''] = await resetOperator(store, issuer, { operator, reason, keep: false });
    expect((await store.read(streamName('agent', operator.clientId))).map(({ event }) => event)).toEqual([
      { ...registration(issuer, operator), reason },
    ]);
    expect((await store.read(streamName('agent', ended))).at(-1)?.event).toEqual({
      type: 'agent.revoked',
      agentId: ended,
      reason,
      by: 'system',
    });
  });

  it('ends one that is suspended, and leaves all of them where they are to be kept', async () => {
    const [{ clientId }, kept, last] = [newOperator(), newOperator(), newOperator()] as const;
    await resetOperator(store, issuer, { operator: kept, reason, keep: false });
    await like({ clientId, jwk: kept.jwk }, {});
    const suspended = { type: 'agent.suspended', agentId: clientId, reason, by: 'system' } as const;
    await store.append({ streams: [{ stream: streamName('agent', clientId), expected: 1, events: [suspended] }] });
    expect(await resetOperator(store, issuer, { operator: last, reason, keep: true })).toEqual([]);
    expect(await resetOperator(store, issuer, { operator: newOperator(), reason, keep: false })).toEqual(
      [clientId, kept.clientId, last.clientId].toSorted(),
    );
  });
});

import { databaseRole, migrate, openEventStore, type PostgresEventStore, type RunningProjection } from '@chancery/eventstore';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import { newId } from '@chancery/platform';
import { freshDatabase, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registrationMigrations, runLists } from '../../index.js';
import { mintToken } from '../initial-access-token.js';
import { registerAgent, type RegisterDeps } from '../register.js';
import { Slots } from '../slots.js';
import { classMembersIn } from './class-members.js';
import { type ClassDefined, issuer, sampleClass } from '../../spec-kit/sample-class.js';

const whole: ClassDefined = { ...sampleClass, lease: 3_600, maxUses: 10_000, maxIatLifetime: 2_592_000 };

const stores: PostgresEventStore[] = [];
let lists: readonly RunningProjection[];
/** Two replicas, each with what it knows by itself. */
let replicas: RegisterDeps[];
/** Seconds ahead of the database's clock that the replicas take it to be. */
let ahead = 0;

const replicaOf = (store: PostgresEventStore): RegisterDeps => ({
  issuer,
  // Everything but the time it is.
  store: Object.assign(Object.create(store) as PostgresEventStore, { now: () => store.now() + ahead }),
  slots: new Slots(),
  members: classMembersIn(store.dataSource),
});
const [first, second] = [() => stores[0] as PostgresEventStore, () => stores[1] as PostgresEventStore];

beforeAll(async () => {
  const url = await freshDatabase();
  await migrate({ url, migrations: registrationMigrations });
  const role = Object.assign(new URL(url), { username: databaseRole('registration') }).href;
  for (let n = 0; n < 2; n++) stores.push(await openEventStore({ url: role, role: 'registration', readers: 2, lanes: 1 }));
  lists = runLists({ dataSource: first().dataSource, url: role, pollEvery: 10 });
  await define();
});
afterAll(async () => {
  await Promise.all(lists.map((list) => list.stop()));
  for (const store of stores) await store.close();
});

afterEach(() => void (ahead = 0));

async function define(...events: readonly Partial<ClassDefined>[]): Promise<void> {
  const stream = streamName('config', 'main');
  for (const changed of events) {
    const expected = (await first().read(stream)).length;
    const recorded = await first().append({ streams: [{ stream, expected, events: [{ ...whole, ...changed }] }] });
    expect(recorded.outcome).toBe('recorded');
  }
}

async function mint(iatClass: string, uses = 1_000): Promise<string> {
  const iatId = newId('it');
  const { token, tokenHash } = mintToken(iatId);
  const minted: ChanceryEvent = { type: 'iat.minted', iatId, class: iatClass, uses, expiresAt: 4_000_000_000, tokenHash, by: 'op_1' };
  await first().append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted] }] });
  return token;
}

const body = () =>
  Buffer.from(JSON.stringify({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [generateKey().publicJwk] } }));

interface Tried {
  readonly agentId?: string;
  readonly refused?: OAuthError;
}
const register = (token: string, deps: RegisterDeps): Promise<Tried> =>
  registerAgent({ authorization: `Bearer ${token}`, proof: () => undefined, body: body() }, deps).then(
    ({ event }) => ({ agentId: event.agentId }),
    (error: unknown) => {
      if (error instanceof OAuthError) return { refused: error };
      throw error;
    },
  );
/** As many at once, by turns over tokens and replicas, which know nothing yet. */
async function rush(iatClass: string, count: number): Promise<{ in: string[]; out: OAuthError[] }> {
  replicas = stores.map(replicaOf);
  const tokens = await Promise.all([mint(iatClass), mint(iatClass), mint(iatClass)]);
  const turns = Array.from({ length: count }, (_, n) => ({ token: tokens[n % 3] ?? '', deps: replicas[n % 2] as RegisterDeps }));
  const tried = await Promise.all(turns.map(({ token, deps }) => register(token, deps)));
  return {
    in: tried.flatMap(({ agentId }) => agentId ?? []),
    out: tried.flatMap(({ refused }) => refused ?? []),
  };
}
const revoke = (agentId: string) =>
  second().append({
    streams: [
      { stream: streamName('agent', agentId), expected: 1, events: [{ type: 'agent.revoked', agentId, reason: 'spec', by: 'op_1' }] },
    ],
  });
const kindsOf = (out: readonly OAuthError[]) => [...new Set(out.map(({ refusal, status }) => `${status} ${refusal}`))];
/** Until the list has heard of the last event of the store, so that who has ended is found. */
const listsHeard = async () => {
  const [newest] = await first().dataSource.query<{ position: string }[]>('select max(position) as position from es.event');
  for (const list of lists) expect(await list.waitFor(BigInt(newest?.position ?? 0))).toBe(true);
};

describe('registrations of an hour', () => {
  it('are as many as the class says, of 64 at once over two replicas and three tokens (DCR-17)', async () => {
    await define({ class: 'hourly', registrationsPerHour: 5 });
    // In the middle of an hour, so that none ends meanwhile.
    ahead = 1_800 - (Math.floor(first().now()) % 3_600);
    const { in: winners, out } = await rush('hourly', 64);
    expect([winners.length, kindsOf(out)]).toEqual([5, ['429 registrations_too_many']]);
    for (const { retryAfter } of out) expect(retryAfter).toBeLessThanOrEqual(3_600);
    // A replica that was not there.
    expect(kindsOf((await rush('hourly', 4)).out)).toEqual(['429 registrations_too_many']);
    ahead += 3_600;
    expect((await rush('hourly', 16)).in).toHaveLength(5);
  });
});

describe('the live agents of a class', () => {
  it('are as many as it says, of 64 at once over two replicas and three tokens', async () => {
    await define({ class: 'few', maxAgents: 4 });
    const { in: winners, out } = await rush('few', 64);
    expect([winners.length, kindsOf(out)]).toEqual([4, ['400 class_full']]);
    const events = await Promise.all(winners.map(async (agentId) => (await first().read(streamName('agent', agentId)))[0]?.event));
    expect(events.map((event) => event?.type === 'agent.registered' && event.admission).toSorted((a, b) => Number(a) - Number(b))).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('make room by ending, exactly as much as they took', async () => {
    await define({ class: 'turnover', maxAgents: 4 });
    const { in: winners } = await rush('turnover', 8);
    for (const agentId of winners.slice(0, 2)) await revoke(agentId);
    await listsHeard();
    const { in: successors, out } = await rush('turnover', 64);
    expect([successors.length, kindsOf(out)]).toEqual([2, ['400 class_full']]);
    const left = await first().read(streamName('agent', winners[0] ?? ''));
    expect(left.at(-1)?.event).toMatchObject({ type: 'agent.departed', class: 'turnover', by: 'system' });
  });

  it('do not come by suspension, nor in the grace of a lease, and do at its end', async () => {
    await define({ class: 'graced', maxAgents: 2, grace: 600 });
    const { in: winners } = await rush('graced', 2);
    const [one = ''] = winners;
    const suspended: ChanceryEvent = { type: 'agent.suspended', agentId: one, reason: 'spec', by: 'op_1' };
    await first().append({ streams: [{ stream: streamName('agent', one), expected: 1, events: [suspended] }] });
    await listsHeard();
    for (ahead of [0, 3_600, 4_190]) expect(kindsOf((await rush('graced', 2)).out)).toEqual(['400 class_full']);
    ahead = 4_210;
    expect((await rush('graced', 8)).in).toHaveLength(2);
  });

  it('end together with the token they came from', async () => {
    await define({ class: 'rooted', maxAgents: 2 });
    const token = await mint('rooted');
    const [deps] = stores.map(replicaOf) as [RegisterDeps];
    for (let n = 0; n < 2; n++) expect(await register(token, deps)).toHaveProperty('agentId');
    const iatId = token.split('.')[0] ?? '';
    const revoked: ChanceryEvent = { type: 'iat.revoked', iatId, reason: 'spec', by: 'op_1' };
    await first().append({ streams: [{ stream: streamName('iat', iatId), expected: 1, events: [revoked] }] });
    await listsHeard();
    expect((await rush('rooted', 8)).in).toHaveLength(2);
  });

  it('stay when the quota is lowered, and let nobody in until they are fewer', async () => {
    await define({ class: 'lowered', maxAgents: 4 });
    const { in: winners } = await rush('lowered', 4);
    await define({ class: 'lowered', maxAgents: 2 });
    for (const [left, room] of [
      [2, 0],
      [3, 1],
    ] as const) {
      for (const agentId of winners.slice(0, left)) await revoke(agentId);
      await listsHeard();
      expect((await rush('lowered', 8)).in).toHaveLength(room);
    }
    await define({ class: 'lowered', maxAgents: 5 });
    expect((await rush('lowered', 16)).in).toHaveLength(3);
  });

  it('were counted also before the class had a quota, and between two', async () => {
    await define({ class: 'late' });
    expect((await rush('late', 3)).in).toHaveLength(3);
    await define({ class: 'late', maxAgents: 5 });
    expect((await rush('late', 16)).in).toHaveLength(2);
    await define({ class: 'late', registrationsPerHour: 1_000 });
    const { in: between } = await rush('late', 3);
    expect(between).toHaveLength(3);
    await define({ class: 'late', maxAgents: 9 });
    expect((await rush('late', 16)).in).toHaveLength(1);
    for (const agentId of between) await revoke(agentId);
    await listsHeard();
    expect((await rush('late', 16)).in).toHaveLength(3);
  });
});

describe('who was there before a class counted', () => {
  it('is not told until everything before its definition is in', async () => {
    await define({ class: 'behind' });
    const stopped = lists;
    await Promise.all(stopped.map((list) => list.stop()));
    const { uncounted } = classMembersIn(first().dataSource);
    expect((await rush('behind', 2)).in).toHaveLength(2);
    await define({ class: 'behind', maxAgents: 2 });
    const revision = (await first().read(streamName('config', 'main'))).length;
    expect(await uncounted('behind', revision)).toBeUndefined();
    const role = first().dataSource.options as { url?: string };
    lists = runLists({ dataSource: first().dataSource, url: role.url ?? '', pollEvery: 10 });
    expect(await waitFor(() => uncounted('behind', revision))).toBe(2);
    expect(kindsOf((await rush('behind', 4)).out)).toEqual(['400 class_full']);
  });
});

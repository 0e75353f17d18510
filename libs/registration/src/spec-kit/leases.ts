import { databaseRole, migrate, openEventStore, type PostgresEventStore, type RunningProjection } from '@chancery/eventstore';
import { movedClock } from '@chancery/eventstore/moved-clock';
import { type AgentEvent, type ChanceryEvent, streamName } from '@chancery/events';
import { type Log, newAgentId, silentLog } from '@chancery/platform';
import { type Behind, freshDatabase, lookBehind, waitFor } from '@chancery/testing';
import { dueLeasesIn } from '../leases/due-leases.js';
import { openClocks } from '../leases/clocks.js';
import { reap } from '../leases/reap.js';
import { type Reaper, runReaper } from '../leases/reaper.js';
import { registrationMigrations, runLists } from '../index.js';

/** Leases on a PostgreSQL of their own, under two clocks that can be moved: the database's, and that of the processes which reap. */
export interface LeaseWorld {
  readonly store: PostgresEventStore;
  readonly behind: Behind;
  /** Reasons of the alarms that reapers raised. */
  readonly alarms: string[];
  /** Seconds from the real time; the store knows it when this resolves. */
  move(clocks: { database?: number; wall?: number }): Promise<void>;
  /** Registers so many agents whose leases, and grace, end in so many seconds; answers when the lists have them. */
  register(count: number, lease: { ends: number; graceEnds?: number }): Promise<readonly string[]>;
  record(agentId: string, ...events: AgentEvent[]): Promise<void>;
  typesOf(agentId: string): Promise<readonly string[]>;
  listed(): Promise<void>;
  /** One round by hand. */
  reap(through?: PostgresEventStore): Promise<void>;
  /** A process that reaps, with connections of its own. */
  process(): Promise<ReapingProcess>;
  /** How many events there are of these types, and of how many agents. */
  count(...types: AgentEvent['type'][]): Promise<{ events: number; agents: number }>;
  close(): Promise<void>;
}

export interface ReapingProcess {
  readonly store: PostgresEventStore;
  readonly reaper: Reaper;
  close(): Promise<void>;
}

export async function openLeaseWorld(): Promise<LeaseWorld> {
  const url = await freshDatabase();
  await migrate({ url, migrations: registrationMigrations });
  const role = Object.assign(new URL(url), { username: databaseRole('registration') }).href;
  const open = () => openEventStore({ url: role, role: 'registration' });
  const [store, behind] = [await open(), await lookBehind(url)];
  const lists: readonly RunningProjection[] = runLists({ dataSource: store.dataSource, url: role, pollEvery: 10 });
  const moved = { wall: 0 };
  const alarms: string[] = [];
  const log: Log = { ...silentLog, error: ({ reason }) => void alarms.push(reason ?? '') };
  const wall = () => Date.now() / 1_000 + moved.wall;

  const append = async (streams: { stream: string; expected: number; events: ChanceryEvent[] }[]) => {
    const { outcome } = await store.append({ streams });
    if (outcome !== 'recorded') throw new Error(`not recorded: ${outcome}`);
  };
  const listed = async () => {
    const [newest] = await behind.query<{ position: string }>('select max(position) as position from es.event');
    for (const list of lists) await waitFor(() => list.waitFor(BigInt(newest?.position ?? 0)), { timeout: 60_000 });
  };

  return {
    store,
    behind,
    alarms,
    listed,
    async move({ database, wall: seconds }) {
      if (seconds !== undefined) moved.wall = seconds;
      if (database !== undefined) await behind.query(movedClock(database));
      // A reading brings the time.
      await store.read(streamName('agent', 'nobody'));
    },
    async register(count, lease) {
      const now = Math.floor(store.now());
      const events = Array.from({ length: count }, () => registeredUntil(now, lease));
      const packs = Array.from({ length: Math.ceil(count / 16) }, (_, n) => events.slice(n * 16, n * 16 + 16));
      const streamOf = (event: Registered) => ({ stream: streamName('agent', event.agentId), expected: 0, events: [event] });
      await Promise.all(packs.map((pack) => append(pack.map(streamOf))));
      await listed();
      return events.map(({ agentId }) => agentId);
    },
    async record(agentId, ...events) {
      const stream = streamName('agent', agentId);
      await append([{ stream, expected: (await store.read(stream)).length, events }]);
      await listed();
    },
    typesOf: async (agentId) => (await store.read(streamName('agent', agentId))).map(({ event }) => event.type),
    async reap(through = store) {
      const clocks = openClocks({ database: () => through.now(), wall, log });
      await reap({ store: through, due: dueLeasesIn(through.dataSource), clocks, signal: new AbortController().signal });
      await listed();
    },
    async process() {
      const own = await open();
      const reaper = runReaper({ store: own, url: role, log, wall, every: 250 });
      const close = async () => {
        await reaper.stop();
        await own.close();
      };
      return { store: own, reaper, close };
    },
    async count(...types) {
      const [row] = await behind.query<{ events: number; agents: number }>(
        'select count(*)::integer as events, count(distinct stream)::integer as agents from es.event where type = any($1)',
        [types],
      );
      return row ?? { events: 0, agents: 0 };
    },
    async close() {
      await Promise.all(lists.map((list) => list.stop()));
      await store.close();
      await behind.close();
    },
  };
}

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

const registeredUntil = (now: number, { ends, graceEnds }: { ends: number; graceEnds?: number }): Registered => ({
  type: 'agent.registered',
  agentId: newAgentId(),
  iatId: 'it_1',
  class: 'default',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks: [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }],
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://id.example/demo'],
  dpopBound: true,
  leaseEndsAt: now + ends,
  ...(graceEnds !== undefined && { graceEndsAt: now + graceEnds }),
  registeredAt: now,
  by: 'it_1',
});

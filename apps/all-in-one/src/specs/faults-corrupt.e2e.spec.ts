import { createHash } from 'node:crypto';
import { type Behind, freshDatabase, lookBehind, waitFor } from '@chancery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { administer, askToken, type Client, newAgent, operatorFrom } from '../spec-kit/clients.js';
import { type Replica, replicasOn } from '../spec-kit/replica.js';

const timeout = 120_000;
/** On two busy cores. */
const patience = { timeout: 30_000 };

interface Event {
  readonly type: string;
  readonly version?: number;
  /** Written; not what the digest was made of when the bytes were changed later. */
  readonly data: object;
  readonly digestOf?: object;
}

const suspended = (agent: Client) => ({ agentId: agent.clientId, reason: 'spec', by: 'spec' });

/** What nobody can read, and what the agent whose stream holds it is told: never a token. */
const unreadable: readonly [what: string, event: (agent: Client) => Event, told: object][] = [
  ['of a type nobody knows', () => ({ type: 'agent.knighted', data: {} }), { status: 503, body: { error: 'temporarily_unavailable' } }],
  [
    'of a newer version',
    (agent) => ({ type: 'agent.suspended', version: 99, data: suspended(agent) }),
    { status: 503, body: { error: 'temporarily_unavailable' } },
  ],
  [
    'whose bytes were changed',
    (agent) => ({ type: 'agent.suspended', data: suspended(agent), digestOf: { reason: 'another' } }),
    { status: 401, body: { error: 'invalid_client' } },
  ],
];

/** Of agents, of initial access tokens, and of who is under which class: an agent's event belongs to all of them. */
const lists = 3;

describe('an event that cannot be read', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it.each(unreadable)(
    '%s, stops its lists and holds its stream on the bus, by name, and is never passed over',
    async (_what, event, told) => {
      const { behind, start } = await world();
      let replica = await start();
      const operator = operatorFrom(replica.operator);
      const [agent, other] = [await newAgent(operator), await newAgent(operator)];
      await waitFor(async () => (await listed(operator)).includes(other.clientId), patience);

      const broken = event(agent);
      const stream = `main/agent/${agent.clientId}`;
      const position = await write(behind, stream, broken);
      const place = { stream, type: broken.type, position };
      await waitFor(() => stops(replica).length >= lists && alarms(replica).length >= 1, patience);
      // The lists that are made of agents, each once; and the audit log's group.
      expect(stops(replica)).toEqual(Array.from({ length: lists }, () => expect.objectContaining(place)));
      expect(alarms(replica)).toEqual([expect.objectContaining({ ...place, group: 'audit', topic: 'chancery.registry' })]);

      // Behind it: its own stream is held back, others go on.
      const held = { type: 'agent.suspended', data: suspended(agent) };
      const heldAt = await write(behind, stream, held);
      const newcomer = await newAgent(operator);
      await waitFor(async () => (await logged(behind, `main/agent/${newcomer.clientId}`)).length === 1, patience);
      await waitFor(() => alarms(replica).length >= 2, patience);
      expect(alarms(replica).at(-1)).toMatchObject({ stream, type: held.type, position: heldAt });
      expect(await logged(behind, stream)).toEqual(['agent.registered']);
      expect(await behind.query('select key, type, state from bus.quarantine order by position')).toEqual([
        { key: stream, type: broken.type, state: 'failed' },
        { key: stream, type: held.type, state: 'held' },
      ]);
      expect(await listed(operator)).not.toContain(newcomer.clientId);
      // Nothing is decided from a stream with such an event in it, and nobody else is hindered.
      const { result, events } = await behind.during(() => askToken(agent));
      expect(result).toMatchObject(told);
      expect(events).toEqual([]);
      expect((await askToken(other)).status).toBe(200);

      // Another start stops at the same place.
      await replica.crash();
      replica = await start();
      await waitFor(() => stops(replica).length >= lists, patience);
      expect(stops(replica)).toEqual(Array.from({ length: lists }, () => expect.objectContaining(place)));
      expect(await listed(operator)).not.toContain(newcomer.clientId);

      // Once it is gone, the lists go on from where they stood.
      await erase(behind, [position, heldAt]);
      await replica.stop();
      replica = await start();
      await waitFor(async () => (await listed(operator)).includes(newcomer.clientId), patience);
      expect(stops(replica)).toEqual([]);
    },
    timeout,
  );

  async function world(): Promise<{ behind: Behind; start(): Promise<Replica> }> {
    const database = await freshDatabase();
    const behind = await lookBehind(database);
    const replicas = await replicasOn(database);
    closing.push(
      () => behind.close(),
      () => replicas.close(),
    );
    return { behind, start: () => replicas.start(0) };
  }
});

/** Written by the owner of the database, past the append function. Answers its position. */
async function write(behind: Behind, stream: string, { type, version = 1, data, digestOf = data }: Event): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(data));
  const digest = createHash('sha256').update(JSON.stringify(digestOf)).digest();
  const [row] = await behind.query<{ position: string }>(
    `insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
     select nextval('es.position'), (select epoch from es.meta), max(e.revision) + 1, $3, false, gen_random_uuid(), es.now(), $1, $2, $4, $5
       from es.event e where e.stream = $1 returning position::text`,
    [stream, type, version, digest, bytes],
  );
  return row?.position ?? '';
}

/** What no role may do, the owner included, until the trigger that says so is switched off. */
async function erase(behind: Behind, positions: readonly string[]): Promise<void> {
  await behind.query(`do $$ begin
    alter table es.event_before_grants disable trigger event_immutable;
    delete from es.event_before_grants where position in (${positions.map(Number).join(', ')});
    alter table es.event_before_grants enable trigger event_immutable;
  end $$`);
}

async function listed(operator: Client): Promise<readonly string[]> {
  const { body } = await administer(operator, { scope: 'chancery:registry', method: 'GET', path: '/agents?limit=1000' });
  return (body.agents as { client_id: string }[]).map((one) => one.client_id);
}

const logged = async (behind: Behind, stream: string): Promise<readonly string[]> =>
  (await behind.query<{ type: string }>('select type from audit.log_entry where stream = $1 order by position', [stream])).map(
    ({ type }) => type,
  );

const lines = (replica: Replica): Record<string, unknown>[] =>
  replica.process
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const stops = (replica: Replica) => lines(replica).filter(({ msg }) => msg === 'a list stands still before an event that cannot be read');
const alarms = (replica: Replica) => lines(replica).filter(({ msg }) => msg === 'a record is held back or in quarantine');

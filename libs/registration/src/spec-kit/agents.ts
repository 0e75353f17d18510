import type { Append, AppendOutcome } from '@chancery/eventstore';
import { type AgentEvent, type ChanceryEvent, streamName } from '@chancery/events';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { newId } from '@chancery/platform';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type Answer, openReplicas, type Question, type Replicas } from './replicas.js';

let world: Replicas;

/** Two replicas for a spec file, by the database's time and without refusals before each test. */
export function twoReplicas(): () => Replicas {
  beforeAll(async () => {
    world = await openReplicas();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.refused.splice(0);
    world.clock.ahead = 0;
  });
  return () => world;
}

export const metadataOf = (key: ClientKey, more: object = {}) => ({
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk] },
  ...more,
});

export interface Agent {
  readonly id: string;
  readonly iatId: string;
  readonly key: ClientKey;
  /** As the answer to its registration showed it. */
  readonly shown: Answer['body'];
  readonly rat: string;
}

export async function registered(wish?: object): Promise<Agent> {
  const { iatId, token } = await world.mint();
  const key = generateKey();
  const { status, body } = await world.ask(0, {
    method: 'POST',
    path: '/register',
    headers: ['authorization', `Bearer ${token}`],
    body: wish ?? metadataOf(key, { client_name: 'Summariser', scope: 'demo:read' }),
  });
  expect(status).toBe(201);
  return { id: body.client_id, iatId, key, shown: body, rat: body.registration_access_token };
}

export type Wish = Partial<Question> & { readonly id?: string; readonly replica?: 0 | 1 };

/** A request at the agent's own URI, with that token. */
export const at = (agent: Agent, rat: string | undefined, wish: Wish = {}): Promise<Answer> =>
  world.ask(wish.replica ?? 0, {
    method: wish.method ?? 'GET',
    path: wish.path ?? `/register/${wish.id ?? agent.id}`,
    headers: [...(rat === undefined ? [] : ['authorization', `Bearer ${rat}`]), ...(wish.headers ?? [])],
    ...('body' in wish && { body: wish.body }),
  });

/** A replacement with its key, and with what the spec says otherwise. */
export const put = (agent: Agent, rat: string, more: object = {}, replica: 0 | 1 = 0): Promise<Answer> =>
  at(agent, rat, { method: 'PUT', body: { client_id: agent.id, ...metadataOf(agent.key), ...more }, replica });

export const eventsOf = async ({ id }: Agent): Promise<AgentEvent[]> =>
  (await world.stores[0].read(streamName('agent', id))).map(({ event }) => event as AgentEvent);
export const typesOf = async (agent: Agent): Promise<string[]> => (await eventsOf(agent)).map(({ type }) => type);

/** Of each refusal that was recorded: why, about whom, where. */
export const reasons = () => world.refused.map(({ error, agent, endpoint }) => [error.refusal, agent, endpoint]);
/** The route of a registration's own URI, as records name it. */
export const uri = '/register/:clientId';

/** What becomes of an append at the other replica that rests on that. */
export async function outcomeUnder(rest: Omit<Append, 'streams'>): Promise<AppendOutcome['outcome']> {
  const iatId = newId('it');
  const event: ChanceryEvent = { type: 'iat.closed', iatId, reason: 'spec', by: 'op_1' };
  return (await world.stores[1].append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [event] }], ...rest })).outcome;
}

import 'reflect-metadata';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { type ClientKey, generateKey, makeProof } from '@chancery/oauth/client';
import { sha256base64url } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { metadataOf, twoReplicas } from '../spec-kit/agents.js';
import { type Answer } from '../spec-kit/replicas.js';
import { issuer } from '../spec-kit/sample-class.js';

const world = twoReplicas();

interface Ask {
  readonly token: string;
  readonly key: ClientKey;
  readonly body?: object;
  /** Said instead of a fresh one by the key; undefined: none at all. */
  readonly proof?: string | undefined;
}

const proofBy = (key: ClientKey): string =>
  makeProof({ key, method: 'POST', url: `${issuer}/register`, now: Math.floor(world().stores[0].now() + world().clock.ahead) });

function register(ask: Ask, replica: 0 | 1 = 0): Promise<Answer> {
  const proof = 'proof' in ask ? ask.proof : proofBy(ask.key);
  return world().ask(replica, {
    method: 'POST',
    path: '/register',
    headers: ['authorization', `Bearer ${ask.token}`, ...(proof === undefined ? [] : ['dpop', proof])],
    body: ask.body ?? metadataOf(ask.key),
  });
}

async function registration(wish: { uses?: number } = {}): Promise<Ask & { iatId: string; first: Answer }> {
  const minted = await world().mint(wish);
  const ask = { ...minted, key: generateKey() };
  const first = await register(ask);
  expect(first.status).toBe(201);
  return { ...ask, first };
}

const eventsOf = async (id: string): Promise<ChanceryEvent[]> =>
  (await world().stores[0].read(streamName('agent', id))).map(({ event }) => event);
const readBy = (rat: string): Promise<Answer> =>
  world().ask(1, { method: 'GET', path: `/register/${rat.split('.')[0] ?? ''}`, headers: ['authorization', `Bearer ${rat}`] });
const reasons = () => world().refused.map(({ error, iat, instance }) => [error.refusal, iat, instance]);

describe('the answer to a registration whose key was proved', () => {
  it('is given once more to the same token, key and metadata: one agent, whose first credentials are dead', async () => {
    const { first, ...ask } = await registration();
    const again = await register(ask, 1);
    expect([again.status, again.headers['cache-control']]).toEqual([201, 'no-store']);
    const { registration_access_token: rat, ...rest } = first.body;
    expect(again.body).toEqual({ ...rest, registration_access_token: expect.stringMatching(/^ag_[\w-]{22}\.[\w-]{43}$/) });
    expect((await readBy(rat)).status).toBe(401);
    expect((await readBy(again.body.registration_access_token)).status).toBe(200);
    const [, reissued, ...more] = await eventsOf(first.body.client_id);
    expect(reissued).toEqual({
      type: 'agent.credentials-reissued',
      agentId: first.body.client_id,
      ratHash: sha256base64url(again.body.registration_access_token),
      by: ask.iatId,
    });
    expect(more).toEqual([]);
  });

  it('has a fresh secret too, where there is one', async () => {
    const minted = await world().mint();
    const key = generateKey();
    const body = { jwks: { keys: [key.publicJwk] } };
    const first = await register({ ...minted, key, body });
    const again = await register({ ...minted, key, body });
    expect(again.body.client_secret).toMatch(/^[\w-]{43}$/);
    expect(again.body.client_secret).not.toBe(first.body.client_secret);
    expect((await eventsOf(first.body.client_id)).at(-1)).toMatchObject({ secretHash: sha256base64url(again.body.client_secret) });
  });

  it('is given two minutes long, and not after it has arrived', async () => {
    const { first, ...ask } = await registration();
    world().clock.ahead = 118;
    const late = await register(ask);
    expect([late.status, late.body.client_id]).toEqual([201, first.body.client_id]);
    world().clock.ahead = 121;
    expect((await register(ask)).status).toBe(401);

    world().clock.ahead = 0;
    const other = await registration();
    const uri = `/register/${other.first.body.client_id}`;
    const headers = ['authorization', `Bearer ${other.first.body.registration_access_token}`];
    const body = { client_id: other.first.body.client_id, ...metadataOf(other.key) };
    expect((await world().ask(0, { method: 'PUT', path: uri, headers, body })).status).toBe(200);
    expect((await register(other)).status).toBe(401);
    expect(reasons().map(([reason]) => reason)).toEqual(['iat_exhausted', 'iat_exhausted']);
  });

  it('is given to nobody without the key, with another one, other metadata, another token, or a proof that was used', async () => {
    const { first, ...ask } = await registration();
    const stranger = generateKey();
    const other = await world().mint();
    const proof = proofBy(ask.key);
    expect((await register({ ...ask, proof })).status).toBe(201);
    const spent = await register({ ...ask, proof });
    expect([spent.status, spent.body.error]).toEqual([400, 'invalid_dpop_proof']);
    expect((await register({ ...ask, proof: undefined })).status).toBe(401);
    const wrong = await register({ ...ask, proof: proofBy(stranger) });
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_dpop_proof']);
    expect((await register({ ...ask, body: metadataOf(ask.key, { client_name: 'other' }) })).status).toBe(401);
    expect(reasons()).toEqual([
      ['proof_replayed', ask.iatId, ask.key.thumbprint],
      ['iat_exhausted', ask.iatId, undefined],
      ['proof_of_another_key', ask.iatId, undefined],
      ['iat_exhausted', ask.iatId, ask.key.thumbprint],
    ]);
    const elsewhere = await register({ ...ask, token: other.token });
    expect([elsewhere.status, elsewhere.body.client_id === first.body.client_id]).toEqual([201, false]);
  });

  it('is not given of an agent that has ended or is suspended, nor under a revoked token; a closed one is no matter', async () => {
    for (const [category, end, status] of [
      ['agent', { type: 'agent.revoked', reason: 'spec', by: 'op_1' }, 401],
      ['agent', { type: 'agent.suspended', reason: 'spec', by: 'op_1' }, 401],
      ['iat', { type: 'iat.revoked', reason: 'spec', by: 'op_1' }, 401],
      ['iat', { type: 'iat.closed', reason: 'spec', by: 'op_1' }, 201],
    ] as const) {
      const { first, ...ask } = await registration();
      const agentId = first.body.client_id as string;
      const event = category === 'agent' ? { ...end, agentId } : { ...end, iatId: ask.iatId };
      await world().append(category, category === 'agent' ? agentId : ask.iatId, event);
      expect((await register(ask)).status).toBe(status);
    }
  });

  it('of a token with uses left costs one of them; the next registration is another agent when the first has arrived', async () => {
    const { first, ...ask } = await registration({ uses: 2 });
    expect((await register(ask)).body.client_id).toBe(first.body.client_id);
    world().clock.ahead = 121;
    const second = await register(ask);
    expect([second.status, second.body.client_id === first.body.client_id]).toEqual([201, false]);
    expect((await eventsOf(second.body.client_id))[0]).toMatchObject({ slot: 2 });
    expect((await register(ask)).status).toBe(401);
  });
});

describe('a registration and its retries at once over two replicas', () => {
  it('are one agent, one use and one token that works', async () => {
    for (let round = 0; round < 3; round++) {
      const { token, iatId } = await world().mint();
      const key = generateKey();
      const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => register({ token, key }, (n % 2) as 0 | 1)));
      const given = answers.filter(({ status }) => status === 201);
      // Whoever kept coming second may ask again.
      expect(answers.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
      const ids = new Set(given.map(({ body }) => body.client_id as string));
      expect(ids.size).toBe(1);
      const [id = ''] = ids;
      const events = await eventsOf(id);
      expect(events.map(({ type }) => type)).toEqual([
        'agent.registered',
        ...Array.from({ length: given.length - 1 }, () => 'agent.credentials-reissued'),
      ]);
      const reads = await Promise.all(given.map(({ body }) => readBy(body.registration_access_token)));
      expect(reads.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(events[0]).toMatchObject({ iatId, slot: 1 });
    }
  });
});

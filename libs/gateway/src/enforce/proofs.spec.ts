import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newSigner, proof, type ProofChange } from '../spec-kit/agent.js';
import { issuer, openWorld, type World } from '../spec-kit/world.js';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
});
afterEach(() => world.close());

const now = 1_790_000_000;

describe('a DPoP proof', () => {
  it.each<[string, ProofChange]>([
    ['without typ', { header: { typ: undefined } }],
    ['of another typ', { header: { typ: 'jwt' } }],
    ['without jwk', { header: { jwk: undefined } }],
    ['without jti', { claims: { jti: undefined } }],
    ['with a jti too long', { claims: { jti: 'j'.repeat(257) } }],
    ['without htm', { claims: { htm: undefined } }],
    ['for another method', { claims: { htm: 'POST' } }],
    ['with the method in lower case', { claims: { htm: 'get' } }],
    ['without htu', { claims: { htu: undefined } }],
    ['for another path', { claims: { htu: `${issuer}/demo/other` } }],
    ['for another host', { claims: { htu: 'https://other.example/demo/notes' } }],
    ['for the Host that was sent', { claims: { htu: 'http://wrong.example/demo/notes' } }],
    ['without iat', { claims: { iat: undefined } }],
    ['with iat as text', { claims: { iat: String(now) } }],
    ['an hour old', { claims: { iat: now - 3_600 } }],
    ['301 s old', { claims: { iat: now - 301 } }],
    ['61 s ahead', { claims: { iat: now + 61 } }],
    ['without ath', { claims: { ath: undefined } }],
    ['for another token', { claims: { ath: 'A'.repeat(43) } }],
  ])('%s is 401, recorded once, and a correct one passes afterwards (S-101)', async (_name, change) => {
    const token = await world.token();
    const { status, headers } = await world.call({ token, proof: await world.proof(token, {}, change) });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^DPoP error="(invalid_dpop_proof|invalid_token)", /);
    expect(world.bus.calls()).toEqual([
      expect.objectContaining({ type: 'activity.denied', status: 401, reason: 'proof_invalid', agent: 'ag_1' }),
    ]);
    expect((await world.call({ token })).status).toBe(200);
  });

  it.each<[string, ProofChange]>([
    ['whose htu has a query and a fragment', { claims: { htu: `${issuer}/demo/notes?a=1#b` } }],
    ['whose htu has the default port and an upper-case host', { claims: { htu: 'HTTPS://ID.example:443/demo/notes' } }],
    ['with claims nobody knows', { claims: { more: 'x' } }],
    ['300 s old', { claims: { iat: now - 300 } }],
    ['60 s ahead', { claims: { iat: now + 60 } }],
  ])('%s passes', async (_name, change) => {
    const token = await world.token();
    expect((await world.call({ token, proof: await world.proof(token, {}, change) })).status).toBe(200);
  });

  it('of another key is 401 (DPOP-09)', async () => {
    const token = await world.token();
    const stolen = await proof(await newSigner(), { method: 'GET', url: `${issuer}/demo/notes`, token, now });
    const { status, headers } = await world.call({ token, proof: stolen });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^DPoP error="invalid_token"/);
  });

  it('that is missing, doubled, or a list is 401 (DPOP-01)', async () => {
    const token = await world.token();
    const [one, two] = await Promise.all([world.proof(token), world.proof(token)]);
    expect((await world.call({ token, proof: '' })).status).toBe(401);
    expect((await world.call({ token, proof: one, headers: ['dpop', two] })).status).toBe(401);
    expect((await world.call({ token, proof: `${one}, ${two}` })).status).toBe(401);
    expect((await world.call({ token, proof: one })).status).toBe(200);
  });

  it('used fifty times at once is let through exactly once (S-104)', async () => {
    const token = await world.token();
    for (let round = 0; round < 20; round += 1) {
      const shown = await world.proof(token);
      const answers = await Promise.all(Array.from({ length: 50 }, () => world.call({ token, proof: shown })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
    }
    const calls = world.bus.calls();
    expect(calls.filter(({ decision }) => decision === 'allowed')).toHaveLength(20);
    expect(new Set(calls.filter(({ decision }) => decision === 'denied').map(({ reason }) => reason))).toEqual(new Set(['proof_replayed']));
  });

  it('used before the gateway was killed is not let in by the one that follows it (ADR 0015)', async () => {
    const token = await world.token();
    const post = { method: 'POST', body: '{"text":"once"}', headers: ['content-type', 'application/json'] };
    const shown = await world.proof(token, { method: 'POST' });
    expect((await world.call({ ...post, token, proof: shown })).status).toBe(201);
    world.clock.move(0.5);
    await world.restart();
    const replayed = () => world.call({ ...post, token, proof: shown });
    // It denies everything until its keys and revocations are there.
    await waitFor(async () => (await replayed()).status === 401);
    expect(world.bus.calls().at(-1)).toMatchObject({ reason: 'proof_before_start', agent: 'ag_1' });
    // Ready means that a proof made now is taken.
    expect(world.gateway.ready()).toBe(false);
    world.clock.move(0.5);
    expect(world.gateway.ready()).toBe(true);
    const { status, headers } = await replayed();
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^DPoP error="invalid_dpop_proof"/)]);
    expect((await world.call({ ...post, token })).status).toBe(201);
    expect(world.bus.calls().filter(({ decision }) => decision === 'allowed')).toHaveLength(2);
  });

  it('is not used up by a call that is refused for another reason', async () => {
    const token = await world.token();
    const shown = await world.proof(token);
    world.lane.away = true;
    world.clock.move(6);
    expect((await world.call({ token, proof: shown })).status).toBe(503);
    world.lane.away = false;
    await waitFor(() => world.gateway.ready());
    expect((await world.call({ token, proof: shown })).status).toBe(200);
    expect((await world.call({ token, proof: shown })).status).toBe(401);
  });

  it('is refused with 503 when the memory of proofs is full', async () => {
    await world.close();
    world = await openWorld({ proofs: 1 });
    await world.gateway.start();
    await waitFor(() => world.gateway.ready());
    expect((await world.call()).status).toBe(200);
    const { status, headers } = await world.call();
    expect([status, headers['retry-after']]).toEqual([503, '32']);
  });
});

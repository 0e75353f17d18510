import { generateKey } from '@chancery/oauth/client';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askToken, callApi, exchange, tokenOf } from './spec-kit/clients.js';
import { forgeProof, newJti, now } from './spec-kit/forge.js';
import { tally } from './spec-kit/http.js';
import { aLedger } from './spec-kit/ledger.js';
import { badProofs, goodProofs } from './spec-kit/proofs.js';
import { issuer } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
const here = () => ({ key: agent.key, url: `${issuer}/token` });
const refused = async (...asked: Parameters<typeof askToken>) => ledger.note('/token', await askToken(...asked));

describe('a DPoP proof at the token endpoint (RFC 9449 §5)', () => {
  it.each(['ES256', 'PS256', 'Ed25519'] as const)(
    'of %s binds the token to its key, whatever key the client has (§5, DPOP-11, JOSE-03)',
    async (alg) => {
      const proofKey = generateKey(alg);
      const { status, body } = await askToken(agent, { proofKey });
      expect([status, body.token_type]).toEqual([200, 'DPoP']);
      expect(decodeJwt(body.access_token)['cnf']).toEqual({ jkt: proofKey.thumbprint });
      expect((await callApi({ ...agent, key: proofKey }, body.access_token)).status).toBe(200);
    },
  );

  it.each(goodProofs)('%s is one (§4.2, §4.3, DPOP-04, DPOP-17)', async (_name, make) => {
    expect((await askToken(agent, { proof: make(here()) })).status).toBe(200);
  });

  it.each(badProofs)('%s is refused (§4.3, DPOP-01 to DPOP-06)', async (_name, make) => {
    expect(await refused(agent, { proof: make(here()) })).toBeRefused(400, 'invalid_dpop_proof');
  });

  it('may be a little old or early by the sender’s clock, and no more (§11.1, DPOP-06)', async () => {
    const of = (age: number) => ({ proof: forgeProof(here(), { claims: { iat: now() - age } }) });
    expect((await askToken(agent, of(20))).status).toBe(200);
    expect((await askToken(agent, of(-5))).status).toBe(200);
    expect(await refused(agent, of(120))).toBeRefused(400, 'invalid_dpop_proof');
    expect(await refused(agent, of(-60))).toBeRefused(400, 'invalid_dpop_proof');
  });

  it('is for the URL that is configured, whatever a header says (DPOP-05, WIRE-16)', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example;proto=https' };
    const proof = forgeProof(here(), { claims: { htu: 'https://evil.example/token' } });
    expect(await refused(agent, { proof, headers })).toBeRefused(400, 'invalid_dpop_proof');
    expect((await askToken(agent, { headers })).status).toBe(200);
  });

  it('that is missing where tokens are bound is asked for, and no bearer token is issued (§5.2, DPOP-12)', async () => {
    expect(await refused(agent, { proof: undefined })).toBeRefused(400, 'invalid_request');
  });

  it('is looked at only when the client is known (WIRE-18)', async () => {
    expect(await askToken(agent, { proof: 'nothing', assertion: 'a.b.c' })).toBeRefused(401, 'invalid_client');
  });
});

describe('the single use of a proof (§11.1, DPOP-07)', () => {
  it('is over once it gave a token, for every grant', async () => {
    const proof = forgeProof(here());
    const token = await tokenOf(agent, { proof });
    expect(await refused(agent, { proof })).toBeRefused(400, 'invalid_dpop_proof');
    expect(ledger.note('/token', await exchange(agent, token, { proof }))).toBeRefused(400, 'invalid_dpop_proof');
  });

  it('goes by key and jti: another proof with the same jti is a replay, of another key it is not', async () => {
    const [jti, iat] = [newJti(), now()];
    const other = generateKey();
    const of = (key = agent.key, claims = {}) => ({ proof: forgeProof({ ...here(), key }, { claims: { jti, iat, ...claims } }) });
    expect((await askToken(agent, of())).status).toBe(200);
    expect(await refused(agent, of(agent.key, { htu: `${issuer}/token?again` }))).toBeRefused(400, 'invalid_dpop_proof');
    expect((await askToken(agent, of(other))).status).toBe(200);
  });

  it('is not touched by a request that was refused (WIRE-18)', async () => {
    const proof = forgeProof(here());
    expect(await refused(agent, { proof, form: { scope: 'demo:nothing' } })).toBeRefused(400, 'invalid_scope');
    expect((await askToken(agent, { proof })).status).toBe(200);
  });

  it('has one winner among ten at once', async () => {
    const proof = forgeProof(here());
    const answers = await Promise.all(Array.from({ length: 10 }, () => askToken(agent, { proof })));
    for (const answer of answers) if (answer.status !== 200) ledger.note('/token', answer);
    expect(tally(answers)).toEqual({ 200: 1, 400: 9 });
  });
});

describe('what an agent says about itself in its proof (GW-25)', () => {
  it.each([
    ['a list', []],
    ['a member nobody knows', { prompt: 'text' }],
    ['an unknown kind of source', { source: { kind: 'oracle' } }],
    ['257 characters', { run_id: 'r'.repeat(257) }],
  ])('is refused as %s', async (_name, agent_context) => {
    expect(await refused(agent, { proof: forgeProof(here(), { claims: { agent_context } }) })).toBeRefused(400, 'invalid_request');
  });
});

describe('what was refused here', () => {
  it('left exactly one record each, and no credential stands in one (EVT-05)', async () => {
    const { noted, recorded, secrets } = await ledger.settle();
    expect(noted.length).toBeGreaterThan(0);
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});

import { generateKey } from '@chancery/oauth/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, tokenOf } from './spec-kit/clients.js';
import { forgeProof, newJti, now } from './spec-kit/forge.js';
import { ask, tally } from './spec-kit/http.js';
import { aLedger } from './spec-kit/ledger.js';
import { badProofs, goodProofs } from './spec-kit/proofs.js';
import { notes } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
let token: string;
beforeAll(async () => {
  token = await tokenOf(agent);
});

const here = () => ({ key: agent.key, url: notes, method: 'GET', accessToken: token });
const refused = async (...call: Parameters<typeof callApi>) => ledger.note('/demo/notes', await callApi(...call));

describe('a DPoP proof beside an access token (RFC 9449 §7)', () => {
  it.each(goodProofs)('%s lets the call through (§4.2, §4.3, DPOP-04, DPOP-17)', async (_name, make) => {
    expect((await callApi(agent, token, { proof: make(here()) })).status).toBe(200);
  });

  it.each(badProofs)('%s is 401 (§7.1, DPOP-01 to DPOP-06)', async (_name, make) => {
    const answer = await refused(agent, token, { proof: make(here()) });
    expect(answer).toBeRefused(401, 'invalid_dpop_proof');
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_dpop_proof", .*\balgs="ES256 PS256 Ed25519 EdDSA"/);
  });

  it('that is missing is 401 (§7.1, DPOP-01)', async () => {
    expect(await refused(agent, token, { proof: undefined })).toBeRefused(401, 'invalid_dpop_proof');
  });

  it('is for the path that is configured, with or without its query (§4.3, DPOP-04, DPOP-05)', async () => {
    const proof = forgeProof(here());
    expect((await callApi(agent, token, { path: '/demo/notes?since=1', proof })).status).toBe(200);
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example;proto=https' };
    const forged = forgeProof(here(), { claims: { htu: 'https://evil.example/demo/notes' } });
    expect(await refused(agent, token, { proof: forged, headers })).toBeRefused(401, 'invalid_dpop_proof');
  });

  it('is older than minutes or earlier than one: 401 (§11.1, DPOP-06)', async () => {
    for (const age of [600, -120]) {
      const proof = forgeProof(here(), { claims: { iat: now() - age } });
      expect(await refused(agent, token, { proof })).toBeRefused(401, 'invalid_dpop_proof');
    }
  });
});

describe('a proof belongs to one token and one key (§4.3 steps 11 and 12):', () => {
  it.each<[string, () => string]>([
    ['without ath', () => forgeProof({ key: agent.key, url: notes, method: 'GET' })],
    ['with the ath of another token', () => forgeProof({ ...here(), accessToken: `${token}x` })],
    ['with an ath that is padded', () => forgeProof(here(), { claims: { ath: 'A'.repeat(43).concat('=') } })],
    ['of another key', () => forgeProof({ ...here(), key: generateKey() })],
  ])('%s it is 401 invalid_token (DPOP-08, DPOP-09)', async (_name, proof) => {
    expect(await refused(agent, token, { proof: proof() })).toBeRefused(401, 'invalid_token');
  });

  it('a bound token is none under Bearer, with or without its proof (§7.2, DPOP-10)', async () => {
    expect(await refused(agent, token, { scheme: 'Bearer' })).toBeRefused(401, 'invalid_token');
    expect(await refused(agent, token, { scheme: 'Bearer', proof: undefined })).toBeRefused(401, 'invalid_token');
  });

  it('a scheme is named without case (§7.1, GW-01)', async () => {
    expect((await callApi(agent, token, { scheme: 'dpop' })).status).toBe(200);
  });
});

describe('the single use of a proof at a resource (§11.1, DPOP-07)', () => {
  it('is over once it let a call through', async () => {
    const proof = forgeProof(here());
    expect((await callApi(agent, token, { proof })).status).toBe(200);
    expect(await refused(agent, token, { proof })).toBeRefused(401, 'invalid_dpop_proof');
  });

  it('is for one method: what let a read through lets no write through', async () => {
    const once = { claims: { jti: newJti(), iat: now() } };
    expect((await callApi(agent, token, { proof: forgeProof(here(), once) })).status).toBe(200);
    const write = forgeProof({ ...here(), method: 'POST' }, once);
    expect(await refused(agent, token, { method: 'POST', proof: write, body: { text: 'x' } })).toBeRefused(401, 'invalid_dpop_proof');
  });

  it('is not touched by a call that was refused: it is heard again, and refused for the same reason (WIRE-18)', async () => {
    const narrow = await tokenOf(agent, { form: { scope: 'demo:write' } });
    const proof = forgeProof({ ...here(), accessToken: narrow });
    expect(await refused(agent, narrow, { proof })).toBeRefused(403, 'insufficient_scope');
    expect(await refused(agent, narrow, { proof })).toBeRefused(403, 'insufficient_scope');
  });

  it('has one winner among ten at once', async () => {
    const proof = forgeProof(here());
    const answers = await Promise.all(Array.from({ length: 10 }, () => callApi(agent, token, { proof })));
    for (const answer of answers) if (answer.status !== 200) ledger.note('/demo/notes', answer);
    expect(tally(answers)).toEqual({ 200: 1, 401: 9 });
  });
});

describe('what was denied here', () => {
  it('left exactly one record each, and no credential stands in one (GW-18, GW-24)', async () => {
    expect(await ask(notes)).toBeRefused(401, undefined); // nobody’s: counted, not recorded
    const { noted, recorded, secrets } = await ledger.settle();
    expect(noted.length).toBeGreaterThan(0);
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});

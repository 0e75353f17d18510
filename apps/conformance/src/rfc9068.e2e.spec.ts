import { generateKey } from '@chancery/oauth/client';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, tokenOf } from './spec-kit/clients.js';
import { type Change, forgeAssertion, forgeProof, jws } from './spec-kit/forge.js';
import { ask } from './spec-kit/http.js';
import { demo, iatOfThisRun, issuer, notes } from './spec-kit/target.js';
import { anAgent, operator } from './spec-kit/world.js';

const agent = anAgent();
let token: string;
beforeAll(async () => {
  token = await tokenOf(agent, { form: { scope: 'demo:read' } });
});

describe('an access token (RFC 9068)', () => {
  it('verifies with an independent implementation, by the published keys alone (§2.1, §4, ATK-01)', async () => {
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), { timeoutDuration: 30_000 });
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: demo,
      typ: 'at+jwt',
      maxTokenAge: '15m',
      requiredClaims: ['exp', 'jti'],
    });
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ']);
    expect(payload.sub).toBe(agent.clientId);
  });

  it('has these claims and no others: nothing of a request or a person is in it (§2.2, ATK-02 to ATK-04, CC-02)', () => {
    const claims = decodeJwt(token);
    expect(claims).toEqual({
      iss: issuer,
      sub: agent.clientId,
      aud: demo,
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.stringMatching(/^tk_[0-9A-Z]{26}$/),
      client_id: agent.clientId,
      scope: 'demo:read',
      sub_profile: 'ai_agent',
      cnf: { jkt: agent.key.thumbprint },
      grant_id: expect.stringMatching(/^gr_[0-9A-Z]{26}$/),
      iat_id: iatOfThisRun.id,
      txn: expect.stringMatching(/^tx_[0-9A-Z]{26}$/),
    });
    const life = (claims.exp ?? 0) - (claims.iat ?? 0);
    expect([life > 0, life <= 900]).toEqual([true, true]);
  });

  it('names one audience, as it is registered, however it was asked for (RFC 8707 §2, ATK-02, AUZ-06)', async () => {
    expect(decodeJwt(await tokenOf(agent, { form: { resource: demo.replace(/^http/, 'HTTP') } })).aud).toBe(demo);
  });

  it('is another one each time, with a grant and a transaction of its own, and small (ATK-05)', async () => {
    const [first, second] = [decodeJwt(token), decodeJwt(await tokenOf(agent))];
    for (const name of ['jti', 'grant_id', 'txn']) expect(first[name]).not.toBe(second[name]);
    expect(token.length).toBeLessThanOrEqual(4_096);
  });
});

const stranger = generateKey();
/** The token again, said otherwise and signed by somebody else. */
const forged = ({ header, claims, signer }: Change): string =>
  jws({ ...decodeProtectedHeader(token), ...header }, { ...decodeJwt<object>(token), ...claims }, signer ?? stranger.privateKey);

const widened = (): string => {
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: 'demo:read demo:write' })).toString('base64url');
  return `${header}.${claims}.${signature}`;
};

const present = (presented: string, scheme = 'DPoP') =>
  callApi(agent, presented, { scheme, proof: forgeProof({ key: agent.key, url: notes, method: 'GET', accessToken: presented }) });

describe('a token at a resource (RFC 9068 §4) is 401 invalid_token', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['that is no JWT', () => 'nothing'],
    ['with four parts', () => `${token}.x`],
    ['with padding', () => `${token}==`],
    ['with one bit of its signature changed', () => `${token.slice(0, -4)}${token.at(-4) === 'A' ? 'B' : 'A'}${token.slice(-3)}`],
    ['of more scope under the same signature', () => widened()],
    ['signed by another key under our kid', () => forged({})],
    ['signed by a key it brings along', () => forged({ header: { jwk: stranger.publicJwk, kid: stranger.thumbprint } })],
    ['signed by a key elsewhere', () => forged({ header: { jku: 'https://keys.example/jwks', kid: stranger.thumbprint } })],
    ['without kid', () => forged({ header: { kid: undefined } })],
    ['without a signature', () => forged({ header: { alg: 'none' }, signer: 'nobody' })],
    [
      'keyed by a public key as a secret',
      async () => forged({ header: { alg: 'HS256' }, signer: { secret: (await ask(`${issuer}/jwks`)).text } }),
    ],
    ['of type JWT', () => forged({ header: { typ: 'JWT' } })],
    ['with crit', () => forged({ header: { crit: ['exp'] } })],
    ['that nests actors without end', () => forged({ claims: { act: nested(13) } })],
    ['that is a client assertion', () => forgeAssertion(agent)],
    ['that is a proof', () => forgeProof({ key: agent.key, url: notes, method: 'GET' })],
    ['that is an initial access token', () => iatOfThisRun.token],
    [
      'of another audience',
      () => tokenOf(operator, { proofKey: agent.key, form: { resource: `${issuer}/admin`, scope: 'chancery:audit' } }),
    ],
  ])('%s (GW-03, JOSE-02 to JOSE-06)', async (_name, make) => {
    const answer = await present(await make());
    expect(answer).toBeRefused(401, 'invalid_token');
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_token"/);
  });

  it('as it was issued it is let through, and at the operators’ API it is not (GW-03)', async () => {
    expect((await present(token)).status).toBe(200);
    expect(await callApi(agent, token, { path: '/admin/v1/agents' })).toBeRefused(401, 'invalid_token');
  });
});

function nested(depth: number): object {
  const act = { iss: issuer, sub: agent.clientId, sub_profile: 'ai_agent' };
  return depth === 0 ? act : { ...act, act: nested(depth - 1) };
}

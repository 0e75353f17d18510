import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { administer, answerOf, askToken, callApi, mintIat, newAgent, proofAt, register } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('a token for the agent itself', () => {
  it('is bound to the proven key, names one audience, and verifies with an independent implementation', async () => {
    const agent = await newAgent(life.operator);
    const { result, events } = await life.behind.during(() => askToken(agent, { form: { scope: 'demo:read' } }));
    expect(result.status).toBe(200);
    expect(result.headers.get('cache-control')).toBe('no-store');
    expect(result.body).toMatchObject({ token_type: 'DPoP', scope: 'demo:read' });
    const { payload, protectedHeader } = await jwtVerify(result.body.access_token, createRemoteJWKSet(new URL(`${life.issuer}/jwks`)), {
      issuer: life.issuer,
      audience: `${life.issuer}/demo`,
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({
      sub: agent.clientId,
      client_id: agent.clientId,
      sub_profile: 'ai_agent',
      scope: 'demo:read',
      cnf: { jkt: agent.key.thumbprint },
      grant_id: expect.stringMatching(/^gr_/),
      iat_id: expect.stringMatching(/^it_/),
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(result.body.expires_in);
    expect(result.body.expires_in).toBeGreaterThan(597);
    expect(events).toEqual([
      {
        stream: `main/grant/${String(payload['grant_id'])}`,
        type: 'grant.token-issued',
        data: expect.objectContaining({ jti: payload.jti, kid: protectedHeader.kid, scope: ['demo:read'], proofKey: agent.key.thumbprint }),
      },
    ]);
  });

  it('is issued to a client with a secret too, and refused for the wrong one with the same words as for nobody', async () => {
    const iat = await mintIat(life.operator);
    const { body } = await register(life.issuer, iat.token, { dpop_bound_access_tokens: true });
    const key = generateKey();
    const ask = async (id: string, secret: string) =>
      answerOf(
        await fetch(`${life.issuer}/token`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
            dpop: proofAt(`${life.issuer}/token`, key),
          },
          body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${life.issuer}/demo` }).toString(),
        }),
      );
    expect((await ask(body.client_id, body.client_secret)).status).toBe(200);
    const wrong = await ask(body.client_id, 'x'.repeat(43));
    const nobody = await ask('ag_nobody', 'x'.repeat(43));
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(nobody.body).toEqual(wrong.body);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it.each<[string, Parameters<typeof askToken>[1], number, string]>([
    ['a scope beyond the class', { form: { scope: 'demo:read chancery:audit' } }, 400, 'invalid_scope'],
    ['a scope that is none', { form: { scope: 'a  b' } }, 400, 'invalid_scope'],
    ['a resource nobody registered', { form: { resource: 'https://elsewhere.example/' } }, 400, 'invalid_target'],
    ['a relative resource', { form: { resource: '/demo' } }, 400, 'invalid_target'],
    ['no proof', { proof: undefined }, 400, 'invalid_request'],
    ['a proof that is none', { proof: 'a.b.c' }, 400, 'invalid_dpop_proof'],
    ['a parameter of another grant', { form: { subject_token: 'x' } }, 400, 'invalid_request'],
    ['authorization details', { form: { authorization_details: '[]' } }, 400, 'invalid_request'],
    ['an audience parameter', { form: { audience: 'https://a.example' } }, 400, 'invalid_request'],
    ['a grant nobody knows', { form: { grant_type: 'password' } }, 400, 'unsupported_grant_type'],
    ['no grant type', { form: { grant_type: '' } }, 400, 'invalid_request'],
    ['an assertion that is none', { assertion: 'a.b.c' }, 401, 'invalid_client'],
    ['no client', { assertion: undefined }, 401, 'invalid_client'],
  ])('is refused for %s, and nothing is recorded', async (_name, change, status, error) => {
    const agent = await newAgent(life.operator);
    const { result, events } = await life.behind.during(() => askToken(agent, change));
    expect(result).toMatchObject({ status, body: { error } });
    expect(events).toEqual([]);
    expect((await askToken(agent)).status).toBe(200);
  });

  it('is refused for a repeated parameter, a parameter in the query, JSON, GET, and a body too large', async () => {
    const post = (body: string, headers: Record<string, string> = {}, path = '/token') =>
      fetch(`${life.issuer}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body,
      });
    expect((await post('grant_type=client_credentials&grant_type=client_credentials')).status).toBe(400);
    expect((await post('grant_type=client_credentials', {}, '/token?scope=a')).status).toBe(400);
    expect((await post('{}', { 'content-type': 'application/json' })).status).toBe(415);
    const get = await fetch(`${life.issuer}/token`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post(`a=${'x'.repeat(70_000)}`)).status).toBe(413);
  });

  it('is refused while the agent is suspended, given again after it is resumed, never after it is revoked', async () => {
    const agent = await newAgent(life.operator);
    const { body: before } = await askToken(agent);
    const act = (verb: string, scope = 'chancery:revoke') =>
      administer(life.operator, { scope, path: `/agents/${agent.clientId}/${verb}`, body: { reason: 'spec' } });
    expect((await act('suspend')).status).toBe(200);
    expect((await askToken(agent)).status).toBe(401);
    expect((await act('resume', 'chancery:registry')).status).toBe(200);
    // Nothing is issued until `iat` is later than T.
    const after = await waitFor(async () => {
      const answer = await askToken(agent);
      return answer.status === 200 && answer;
    });
    // The token from before the suspension stays dead, the one after lives.
    await waitFor(async () => (await callApi(agent, before.access_token)).status === 401);
    expect((await callApi(agent, after.body.access_token)).status).toBe(200);
    expect((await act('revoke')).body.already).toBe(false);
    expect((await act('revoke')).body).toMatchObject({ already: true });
    expect((await askToken(agent)).status).toBe(401);
    expect((await act('resume', 'chancery:registry')).status).toBe(409);
  });

  it('gets no more than the class says now', async () => {
    const { body } = await administer(life.operator, { scope: 'chancery:registry', method: 'GET', path: '/classes' });
    const { definition } = body.classes.find((each: { class: string }) => each.class === 'default');
    const narrowed = { ...definition, scope: ['demo:read'], access_token_lifetime: 300 };
    const define = (document: unknown) =>
      administer(life.operator, { scope: 'chancery:policy', method: 'PUT', path: '/classes/narrow', body: document });
    expect((await define({ ...narrowed, scope: ['demo:read', 'demo:write'] })).status).toBe(200);
    const iat = await mintIat(life.operator, { class: 'narrow' });
    const agent = await newAgent(life.operator, { iat: iat.token });
    expect((await askToken(agent)).body.scope).toBe('demo:read demo:write');
    expect((await define(narrowed)).status).toBe(200);
    expect((await askToken(agent)).body.scope).toBe('demo:read');
    expect((await askToken(agent, { form: { scope: 'demo:write' } })).body.error).toBe('invalid_scope');
    expect((await define({ ...narrowed, scope: ['nobody:knows'] })).status).toBe(400);
  });

  it('that would be too large is refused before anything is recorded or used up (ATK-05)', async () => {
    const scope = Array.from({ length: 100 }, (_, nth) => `wide:${'x'.repeat(40)}${nth}`);
    const put = (path: string, body: unknown) => administer(life.operator, { scope: 'chancery:policy', method: 'PUT', path, body });
    expect((await put('/resources', { resource: `${life.issuer}/wide`, name: 'Wide', scope })).status).toBe(200);
    const wide = {
      profile: 'ai_agent',
      scope,
      audiences: [`${life.issuer}/wide`],
      grant_types: ['client_credentials'],
      auth_methods: ['private_key_jwt'],
      sender_constraint: ['dpop'],
      access_token_lifetime: 300,
      lease: 3600,
      max_uses: 1,
      max_iat_lifetime: 3600,
    };
    expect((await put('/classes/wide', wide)).status).toBe(200);
    const agent = await newAgent(life.operator, { iat: (await mintIat(life.operator, { class: 'wide' })).token });
    const proof = proofAt(`${life.issuer}/token`, agent.key);
    const ask = (more: Record<string, string>) => askToken(agent, { form: { resource: `${life.issuer}/wide`, ...more }, proof });
    const { result, events } = await life.behind.during(() => ask({}));
    expect([result.status, result.body.error, events]).toEqual([400, 'invalid_request', []]);
    expect((await ask({ scope: scope[0] ?? '' })).status).toBe(200);
  });
});

import { limits } from '@chancery/oauth';
import 'reflect-metadata';
import { type AgentEvent, encodeEvent } from '@chancery/events';
import { generateKey } from '@chancery/oauth/client';
import { newAgentId, newSecret, sha256base64url } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { at, eventsOf, metadataOf, outcomeUnder, put, reasons, registered, twoReplicas, typesOf, uri } from '../spec-kit/agents.js';
import { classDefined } from '../spec-kit/replicas.js';
import { issuer } from '../spec-kit/sample-class.js';

const world = twoReplicas();

describe('reading a registration', () => {
  it('shows all of it with the token just shown, and no secret (MGT-01, S-006)', async () => {
    const agent = await registered();
    const { status, headers, body } = await at(agent, agent.rat, { replica: 1 });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toEqual(agent.shown);
    expect(body).toMatchObject({
      client_name: 'Summariser',
      scope: 'demo:read',
      registration_client_uri: `${issuer}/register/${agent.id}`,
    });

    const keyless = await registered({});
    const read = await at(keyless, keyless.rat);
    const { client_secret: secret, ...rest } = keyless.shown;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(read.body).toEqual(rest);
    expect(read.text).not.toContain(secret);
    expect(await typesOf(agent)).toEqual(['agent.registered']);
  });

  it('is one answer for every token that opens nothing, and the record says why where it was one of ours (MGT-01, MGT-02, S-004)', async () => {
    const [agent, other, gone, ended] = [await registered(), await registered(), await registered(), await registered()];
    const { token: iat } = await world().mint();
    await at(gone, gone.rat, { method: 'DELETE' });
    await world().append('iat', ended.iatId, { type: 'iat.revoked', iatId: ended.iatId, reason: 'spec', by: 'op_1' });
    const answers = [
      await at(agent, other.rat),
      await at(agent, other.rat, { id: newAgentId() }),
      await at(gone, gone.rat),
      await at(ended, ended.rat),
      await at(agent, `${agent.id}.${newSecret()}`),
      await at(agent, `${newAgentId()}.${newSecret()}`),
      await at(agent, iat),
      await at(agent, `${agent.rat}x`),
      await at(agent, 'x'),
      await at(agent, agent.rat, { headers: ['authorization', `Bearer ${agent.rat}`] }),
    ];
    const challenge = 'Bearer realm="chancery-registration"';
    expect(answers.map(({ status, text, headers }) => [status, text, headers['www-authenticate']])).toEqual(
      answers.map(() => [401, '{"error":"invalid_token"}', `${challenge}, error="invalid_token"`]),
    );
    expect(reasons()).toEqual([
      ['rat_not_owner', other.id, uri],
      ['rat_not_owner', other.id, uri],
      ['agent_deleted', gone.id, uri],
      ['iat_revoked', ended.id, uri],
      ...Array.from({ length: 6 }, () => ['rat_invalid', undefined, uri]),
    ]);
    const bare = await at(agent, undefined);
    expect([bare.status, bare.text, bare.headers['www-authenticate']]).toEqual([401, '{}', challenge]);
    expect([await typesOf(agent), await typesOf(other)]).toEqual([['agent.registered'], ['agent.registered']]);
  });

  it('takes no other verb, no parameter and no proof (MGT-01, WIRE-20)', async () => {
    const agent = await registered();
    const post = await at(agent, agent.rat, { method: 'POST', body: {} });
    expect([post.status, post.headers['allow']]).toEqual([405, expect.stringContaining('DELETE, GET')]);
    expect(await at(agent, agent.rat, { method: 'PATCH', body: {} })).toMatchObject({ status: 405 });
    const path = `/register/${agent.id}?access_token=${agent.rat}`;
    expect(await at(agent, agent.rat, { path })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await at(agent, undefined, { path })).toMatchObject({ status: 401 });
    expect(await at(agent, agent.rat, { headers: ['dpop', 'a.b.c'] })).toMatchObject({
      status: 400,
      body: { error: 'invalid_dpop_proof' },
    });
  });
});

describe('replacing a registration', () => {
  it('answers what is registered now, with a new token, and renews the lease (MGT-03, MGT-07, IAT-08)', async () => {
    const agent = await registered();
    world().clock.ahead = 100;
    const { status, headers, body } = await put(agent, agent.rat, { client_id_issued: 1, invented: 'x', tenant: 'other' });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    const { client_name: _left, ...kept } = agent.shown;
    expect(body).toEqual({
      ...kept,
      scope: 'demo:read demo:write',
      lease_expires_at: expect.any(Number),
      registration_access_token: expect.stringMatching(new RegExp(`^${agent.id}\\.[\\w-]{43}$`)),
    });
    expect(body.lease_expires_at - agent.shown.lease_expires_at).toBeGreaterThanOrEqual(100);
    expect(body.registration_access_token).not.toBe(agent.rat);
    expect((await at(agent, body.registration_access_token)).body).toEqual(body);
    expect(await typesOf(agent)).toEqual(['agent.registered', 'agent.registration-replaced', 'agent.renewed', 'agent.rat-confirmed']);
  });

  it('is done so often a minute, and then again later (429)', async () => {
    const agent = await registered();
    let { rat } = agent;
    for (let n = 0; n < limits.registrationChangesAMinute; n++) {
      const { status, body } = await put(agent, rat, {});
      expect(status).toBe(200);
      rat = body.registration_access_token;
    }
    const before = (await typesOf(agent)).length;
    const { status, headers, body } = await put(agent, rat, {});
    expect([status, headers['retry-after'], body.error]).toEqual([429, '60', 'temporarily_unavailable']);
    expect(reasons()).toEqual([['changes_too_many', agent.id, uri]]);
    expect(await typesOf(agent)).toHaveLength(before);
    world().clock.ahead = 60;
    expect(await put(agent, rat, {})).toMatchObject({ status: 200 });
  });

  it('is judged by the parser and the policy of registrations, and refused without a trace in the stream (MGT-05, S-003)', async () => {
    const agent = await registered();
    const wrong: [object | string, string, string][] = [
      ['{"client_id":', 'invalid_client_metadata', 'json_malformed'],
      ['[]', 'invalid_client_metadata', 'metadata_malformed'],
      [{ jwks: undefined }, 'invalid_client_metadata', 'metadata_malformed'],
      [{ logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata', 'uri_not_allowed'],
      [{ redirect_uris: ['data:text/html,x'] }, 'invalid_redirect_uri', 'uri_not_allowed'],
      [{ software_statement: 'a.b.c' }, 'invalid_software_statement', 'statement_not_supported'],
      [{ token_endpoint_auth_method: 'none' }, 'invalid_client_metadata', 'metadata_malformed'],
      [{ grant_types: ['authorization_code'] }, 'invalid_client_metadata', 'grant_not_allowed'],
      [{ dpop_bound_access_tokens: false }, 'invalid_client_metadata', 'binding_required'],
      [{ client_profile: 'service' }, 'invalid_client_metadata', 'profile_not_allowed'],
      [{ scope: 'chancery:audit' }, 'invalid_client_metadata', 'scope_not_allowed'],
    ];
    for (const [body, error] of wrong) {
      const answer = typeof body === 'string' ? await at(agent, agent.rat, { method: 'PUT', body }) : await put(agent, agent.rat, body);
      expect([answer.status, answer.body.error]).toEqual([400, error]);
    }
    expect(reasons()).toEqual(wrong.map(([, , reason]) => [reason, agent.id, uri]));
    expect(await typesOf(agent)).toEqual(['agent.registered']);
    // The token is as good as before.
    expect((await put(agent, agent.rat)).status).toBe(200);
  });

  it('cannot say what the server says, nor whose it is (MGT-03, MGT-04, S-010)', async () => {
    const agent = await registered();
    for (const more of [
      { client_id: undefined },
      { client_id: newAgentId() },
      { registration_access_token: agent.rat },
      { registration_client_uri: agent.shown.registration_client_uri },
      { client_secret_expires_at: 0 },
      { client_id_issued_at: agent.shown.client_id_issued_at },
      { client_secret: newSecret() },
    ])
      expect(await put(agent, agent.rat, more)).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    expect(reasons()).toEqual(Array.from({ length: 7 }, () => ['immutable_member', agent.id, uri]));
    expect(await typesOf(agent)).toEqual(['agent.registered']);
  });

  it('keeps the secret, which may be said if it is the one, and makes one where there is none (MGT-04, DCR-03)', async () => {
    const agent = await registered({});
    const body = { client_id: agent.id, client_secret: agent.shown.client_secret };
    const kept = await at(agent, agent.rat, { method: 'PUT', body });
    expect([kept.status, kept.body.client_secret, kept.body.client_secret_expires_at]).toEqual([
      200,
      undefined,
      kept.body.lease_expires_at,
    ]);
    const wrong = { ...body, client_secret: newSecret() };
    expect((await at(agent, kept.body.registration_access_token, { method: 'PUT', body: wrong })).status).toBe(400);

    const keyed = await at(agent, kept.body.registration_access_token, {
      method: 'PUT',
      body: { client_id: agent.id, ...metadataOf(agent.key) },
    });
    expect(keyed.body).not.toHaveProperty('client_secret_expires_at');
    const again = await at(agent, keyed.body.registration_access_token, { method: 'PUT', body: { client_id: agent.id } });
    expect(again.body.client_secret).toMatch(/^[\w-]{43}$/);
    expect(again.body.client_secret).not.toBe(agent.shown.client_secret);
    const written = (await eventsOf(agent)).at(-1) as { secretHash?: string };
    expect((await eventsOf(agent)).findLast(({ type }) => type === 'agent.registration-replaced')).toMatchObject({
      secretHash: sha256base64url(again.body.client_secret),
    });
    expect(JSON.stringify(written)).not.toContain(again.body.client_secret);
  });

  it('names each key that left, and ends what it was used for by this agent alone (MGT-08, S-010)', async () => {
    const agent = await registered();
    const next = generateKey();
    const both = await put(agent, agent.rat, { jwks: { keys: [next.publicJwk, agent.key.publicJwk] } });
    expect(await typesOf(agent)).not.toContain('agent.key-removed');
    const { status } = await put(agent, both.body.registration_access_token, { jwks: { keys: [{ ...next.publicJwk, kid: 'renamed' }] } });
    expect(status).toBe(200);
    const removed = (await eventsOf(agent)).filter(({ type }) => type === 'agent.key-removed');
    expect(removed).toEqual([{ type: 'agent.key-removed', agentId: agent.id, thumbprint: agent.key.thumbprint, by: agent.id }]);
    expect(encodeEvent(removed[0] as AgentEvent).revokes).toEqual([{ kind: 'instance', id: `${agent.id}.${agent.key.thumbprint}` }]);
    const ends = (id: string) => outcomeUnder({ notRevoked: [{ kind: 'instance', id, since: 1 }] });
    expect(await ends(`${agent.id}.${agent.key.thumbprint}`)).toBe('revoked');
    expect(await ends(agent.key.thumbprint)).toBe('recorded');
  });

  it('is 403 while the agent is suspended, and revives nobody (MGT-05)', async () => {
    const agent = await registered();
    await world().append('agent', agent.id, { type: 'agent.suspended', agentId: agent.id, reason: 'odd', by: 'op_1' });
    expect(await put(agent, agent.rat)).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    expect(reasons()).toEqual([['agent_suspended', agent.id, uri]]);
    expect((await at(agent, agent.rat)).status).toBe(200);
    expect(await typesOf(agent)).toEqual(['agent.registered', 'agent.suspended']);
  });

  it('follows the class as it is now: a method it takes no more is refused, a scope it lost is gone', async () => {
    const agent = await registered({});
    await world().append('config', 'main', { ...classDefined, scope: ['demo:read'], authMethods: ['private_key_jwt'] });
    try {
      expect((await at(agent, agent.rat, { method: 'PUT', body: { client_id: agent.id } })).status).toBe(400);
      expect((await at(agent, agent.rat, { method: 'POST', path: `/register/${agent.id}/secret` })).status).toBe(400);
      const keyed = await put(agent, agent.rat);
      expect([keyed.status, keyed.body.scope, keyed.body.token_endpoint_auth_method]).toEqual([200, 'demo:read', 'private_key_jwt']);
      expect(reasons().map(([reason]) => reason)).toEqual(['auth_method_not_allowed', 'auth_method_not_allowed']);
    } finally {
      await world().append('config', 'main', classDefined);
    }
  });
});

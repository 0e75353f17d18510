import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessTokenType, askToken, callApi, type Client, exchange, giveBack, metadataOf, register, tokenOf } from './spec-kit/clients.js';
import { untilDead } from './spec-kit/dead.js';
import { type Answer, ask, postForm, tally } from './spec-kit/http.js';
import { logOf, patience } from './spec-kit/ledger.js';
import { secretsIn } from './spec-kit/secrets.js';
import { demo, issuer, notes } from './spec-kit/target.js';
import { act, mintIat } from './spec-kit/world.js';

let iat: { id: string; token: string };
beforeAll(async () => {
  iat = await mintIat({ uses: 100 });
});

/** A client with what its registration was answered. */
interface Managed extends Client {
  readonly uri: string;
  readonly rat: string;
  readonly shown: Answer['body'];
}

async function managed(metadata?: Record<string, unknown>): Promise<Managed> {
  const key = generateKey();
  const { status, body } = await register(issuer, iat.token, metadata ?? metadataOf(key, { scope: 'demo:read' }));
  expect(status).toBe(201);
  const { client_id: clientId, registration_client_uri: uri, registration_access_token: rat } = body;
  return { issuer, clientId, key, uri, rat, shown: body };
}

interface Wish {
  readonly method?: string;
  readonly uri?: string;
  readonly body?: unknown;
}

const manage = (agent: Managed, rat: string | undefined, { method = 'GET', uri = agent.uri, body }: Wish = {}): Promise<Answer> =>
  ask(uri, () => ({
    method,
    headers: {
      ...(rat !== undefined && { authorization: `Bearer ${rat}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }));

const replace = (agent: Managed, rat: string, { key = agent.key, ...more }: { key?: ClientKey } & Record<string, unknown> = {}) =>
  manage(agent, rat, { method: 'PUT', body: { client_id: agent.clientId, ...metadataOf(key, more) } });

describe('a registration', () => {
  it('is answered with where it is managed and what by (§3, DCR-02)', async () => {
    const agent = await managed();
    expect(agent.uri).toBe(`${issuer}/register/${agent.clientId}`);
    expect(agent.rat).toMatch(/\.[\w-]{43}$/);
  });

  it('is read as it was answered, and never cached (§2.1, §3, MGT-01)', async () => {
    const agent = await managed();
    const { status, headers, body } = await manage(agent, agent.rat);
    expect([status, headers['cache-control'], body]).toEqual([200, 'no-store', agent.shown]);
  });

  it('shows its secret only where it is created (MGT-01, S-006)', async () => {
    const agent = await managed({});
    const { client_secret: secret, ...rest } = agent.shown;
    const { body, text } = await manage(agent, agent.rat);
    expect(body).toEqual(rest);
    expect(text.includes(secret)).toBe(false);
  });

  it('takes no other verb (MGT-01)', async () => {
    const agent = await managed();
    const answer = await manage(agent, agent.rat, { method: 'POST', body: {} });
    expect(answer).toBeRefused(405, 'invalid_request');
    expect(answer.headers['allow']?.split(', ')).toEqual(expect.arrayContaining(['DELETE', 'GET', 'PUT']));
  });
});

describe('a registration access token', () => {
  const challenge = 'Bearer realm="chancery-registration"';

  it('that is not shown is asked for, without an error (RFC 6750 §3)', async () => {
    const answer = await manage(await managed(), undefined);
    expect(answer).toBeRefused(401, undefined);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  });

  it('unknown, half, of another agent or of one that is gone is one answer (§2.1, MGT-02, S-004)', async () => {
    const [agent, other, gone] = [await managed(), await managed(), await managed()];
    expect((await manage(gone, gone.rat, { method: 'DELETE' })).status).toBe(204);
    const token = await tokenOf(agent);
    const answers = [
      await manage(agent, other.rat),
      await manage(agent, other.rat, { uri: `${issuer}/register/ag_${'a'.repeat(22)}` }),
      await manage(agent, `ag_${'a'.repeat(22)}.${'a'.repeat(43)}`),
      await manage(agent, `${agent.clientId}.${'a'.repeat(43)}`),
      await manage(agent, agent.rat.slice(0, -1)),
      await manage(agent, iat.token),
      await manage(agent, token),
      await manage(gone, gone.rat),
      await manage(other, agent.rat, { method: 'DELETE' }),
      await manage(other, agent.rat, { method: 'PUT', body: { client_id: other.clientId, ...metadataOf(generateKey()) } }),
    ];
    for (const answer of answers) expect(answer).toBeRefused(401, 'invalid_token');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['www-authenticate']))).toEqual(new Set([`${challenge}, error="invalid_token"`]));
    expect((await manage(other, other.rat)).body).toEqual(other.shown);
  });

  it('is worthless anywhere else (S-005)', async () => {
    const agent = await managed();
    const headers = { authorization: `Bearer ${agent.rat}` };
    expect(await ask(notes, () => ({ headers }))).toBeRefused(401, 'invalid_token');
    expect(await register(issuer, agent.rat, metadataOf(generateKey()))).toBeRefused(401, 'invalid_token');
    expect(await ask(`${issuer}/token`, () => postForm({ grant_type: 'client_credentials', resource: demo }, headers))).toBeRefused(
      401,
      'invalid_client',
    );
    expect(await exchange(agent, agent.rat, { form: { subject_token_type: accessTokenType } })).toBeRefused(400, 'invalid_request');
    expect(await giveBack(agent, { token: agent.rat })).toBeRefused(400, 'unsupported_token_type');
    expect((await manage(agent, agent.rat)).status).toBe(200);
  });

  it('is replaced by every replacement, and reads until its successor is used (§3, MGT-07)', async () => {
    const agent = await managed();
    const { status, body } = await replace(agent, agent.rat);
    expect([status, body.registration_access_token === agent.rat]).toEqual([200, false]);
    expect((await manage(agent, agent.rat)).status).toBe(200);
    expect(await replace(agent, agent.rat)).toBeRefused(401, 'invalid_token');
    expect((await manage(agent, body.registration_access_token)).status).toBe(200);
    expect(await manage(agent, agent.rat)).toBeRefused(401, 'invalid_token');
  });

  it('shown ten times at once replaces once (S-005)', async () => {
    const agent = await managed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => replace(agent, agent.rat)));
    expect(tally(answers)).toEqual({ 200: 1, 401: 9 });
  });

  it('leaves each refusal with its reason in the log, and itself nowhere (S-004, S-006, S-137)', async () => {
    const [agent, other] = [await managed(), await managed()];
    await manage(other, agent.rat);
    await replace(agent, agent.rat, { grant_types: ['password'] });
    const refused = await waitFor(async () => {
      const found = (await logOf({ agent: agent.clientId })).filter(({ type }) => type === 'activity.refused');
      return found.length === 2 && found;
    }, patience);
    expect(refused.map(({ data }) => [data['reason'], data['status'], data['endpoint']])).toEqual([
      ['rat_not_owner', 401, '/register/:clientId'],
      ['grant_not_allowed', 400, '/register/:clientId'],
    ]);
    expect(secretsIn(JSON.stringify(await logOf({ agent: agent.clientId })))).toBe(0);
  });
});

describe('a replacement', () => {
  it('is the whole registration: what is left out is gone or the default, and the lease begins anew (§2.2, MGT-03, IAT-08)', async () => {
    const agent = await managed();
    const { status, headers, body } = await manage(agent, agent.rat, {
      method: 'PUT',
      body: { client_id: agent.clientId, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [agent.key.publicJwk] } },
    });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).not.toHaveProperty('client_name');
    expect(body).toMatchObject({
      client_id: agent.clientId,
      scope: 'demo:read demo:write',
      client_id_issued_at: agent.shown.client_id_issued_at,
    });
    expect(body.lease_expires_at).toBeGreaterThanOrEqual(agent.shown.lease_expires_at);
    expect((await askToken(agent, { form: { scope: 'demo:write' } })).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another client_id', { client_id: `ag_${'a'.repeat(22)}` }],
    ['no client_id', { client_id: undefined }],
    ['a registration access token', { registration_access_token: 'x' }],
    ['its own URI', { registration_client_uri: 'https://id.example' }],
    ['the end of a secret', { client_secret_expires_at: 0 }],
    ['the time it was issued', { client_id_issued_at: 1 }],
    ['another secret', { client_secret: 'x' }],
    ['what its class does not allow', { grant_types: ['authorization_code'] }],
    ['bearer tokens', { dpop_bound_access_tokens: false }],
    ['no key', { jwks: undefined }],
    ['the method none', { token_endpoint_auth_method: 'none' }],
  ])('with %s is refused, and changes nothing (§2.2, MGT-03 to MGT-05, S-003, S-010)', async (_name, more) => {
    const agent = await managed();
    expect(await replace(agent, agent.rat, more)).toBeRefused(400, 'invalid_client_metadata');
    expect((await manage(agent, agent.rat)).body).toEqual(agent.shown);
  });

  it('drops what nobody may say of himself (S-018)', async () => {
    const agent = await managed();
    const wishes = { tenant: 'other', owner: 'me', class: 'operators', trusted: true, enabled: true, may_act: { sub: 'me' } };
    const { status, body } = await replace(agent, agent.rat, wishes);
    expect(status).toBe(200);
    expect(Object.keys(body).filter((name) => name in wishes)).toEqual([]);
  });

  it('is 403 while the agent is suspended, and does not let it back in (MGT-05)', async () => {
    const agent = await managed();
    await act({ scope: 'chancery:revoke', path: `/agents/${agent.clientId}/suspend`, body: { reason: 'spec' } });
    expect(await replace(agent, agent.rat)).toBeRefused(403, 'access_denied');
    expect((await askToken(agent)).status).toBe(401);
  });

  it('without a key ends what was issued to the agent for it, and nothing of others by the same key (MGT-08, S-010)', async () => {
    const agent = await managed();
    const next = generateKey();
    const token = await tokenOf(agent, { form: { scope: 'demo:read' } });
    const child = (await exchange(agent, token)).body.access_token as string;
    const other = await managed(metadataOf(agent.key));
    const others = await tokenOf({ ...other, key: agent.key });

    const { status } = await replace(agent, agent.rat, { key: next });
    expect(status).toBe(200);
    await untilDead(agent, token);
    await untilDead(agent, child);
    expect((await callApi({ ...other, key: agent.key }, others)).status).toBe(200);
    expect((await askToken(agent)).status).toBe(401);
    expect((await askToken({ ...agent, key: next })).status).toBe(200);
  });
});

describe('a secret', () => {
  const asks = (agent: Managed, secret: string) => {
    const authorization = `Basic ${Buffer.from(`${agent.clientId}:${secret}`).toString('base64')}`;
    return askToken(agent, { assertion: undefined, headers: { authorization } });
  };

  it('is rotated below the URI: the new one is shown once, and the old one works on beside it (MGT-07)', async () => {
    const agent = await managed({});
    const first = agent.shown.client_secret as string;
    const { status, body } = await manage(agent, agent.rat, { method: 'POST', uri: `${agent.uri}/secret` });
    expect(status).toBe(200);
    for (const secret of [first, body.client_secret]) expect((await asks(agent, secret)).status).toBe(200);
    const again = await manage(agent, body.registration_access_token, { method: 'POST', uri: `${agent.uri}/secret` });
    expect((await asks(agent, first)).status).toBe(401);
    for (const secret of [body.client_secret, again.body.client_secret]) expect((await asks(agent, secret)).status).toBe(200);
    expect((await manage(agent, again.body.registration_access_token)).body).not.toHaveProperty('client_secret');
  });

  it('is not made for an agent with keys', async () => {
    const agent = await managed();
    const answer = await manage(agent, agent.rat, { method: 'POST', uri: `${agent.uri}/secret` });
    expect(answer).toBeRefused(400, 'invalid_client_metadata');
  });
});

describe('a deletion', () => {
  it('ends the registration, its token and all that was issued under it (§2.3, MGT-06, S-019)', async () => {
    const agent = await managed();
    const token = await tokenOf(agent);
    const child = (await exchange(agent, token, { form: { scope: 'demo:read' } })).body.access_token as string;
    const { status, text } = await manage(agent, agent.rat, { method: 'DELETE' });
    expect([status, text]).toEqual([204, '']);
    expect((await askToken(agent)).status).toBe(401);
    expect((await exchange(agent, token)).status).toBe(401);
    await untilDead(agent, token);
    await untilDead(agent, child);
    for (const method of ['GET', 'DELETE']) expect(await manage(agent, agent.rat, { method })).toBeRefused(401, 'invalid_token');
    const listed = await act({ scope: 'chancery:registry', method: 'GET', path: `/agents/${agent.clientId}` });
    expect(listed.body.status).toBe('deleted');
  });
});

import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { databaseRole, migrate, openEventStore, type PostgresEventStore } from '@chancery/eventstore';
import { importPublicJwk } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import { callerHeader, callerHeaderName, createService, type ServiceApp, silentLog } from '@chancery/platform';
import { freshDatabase, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistrationModule, registrationMigrations, runLists, seed } from './index.js';

const issuer = 'https://id.example';
const gatewayKey = generateKey();
const gateway = { kid: gatewayKey.thumbprint, alg: 'ES256', privateKey: gatewayKey.privateKey } as const;
const imported = importPublicJwk(gatewayKey.publicJwk);
const everything = ['chancery:registry', 'chancery:revoke', 'chancery:audit', 'chancery:policy'];

let store: PostgresEventStore;
let service: ServiceApp;
let server: Server;
let url: string;
let lists: ReturnType<typeof runLists>;

beforeAll(async () => {
  const database = await freshDatabase();
  await migrate({ url: database, migrations: registrationMigrations });
  const role = Object.assign(new URL(database), { username: databaseRole('registration') }).href;
  store = await openEventStore({ url: role, role: 'registration', readers: 2, lanes: 1 });
  const jwk = { ...gatewayKey.publicJwk, kid: gateway.kid, alg: 'ES256' } as never;
  await seed(store, issuer, { clientId: 'ag_operator', jwk });
  lists = runLists({ dataSource: store.dataSource, url: role, pollEvery: 10 });
  const operators = {
    service: 'registration' as const,
    now: () => store.now(),
    keys: (_from: string, kid: string) =>
      kid === gateway.kid ? { kid, alg: 'ES256' as const, key: imported.key, jwk: imported.jwk } : undefined,
  };
  const module = RegistrationModule.with({ issuer, store, dataSource: store.dataSource, operators });
  service = await createService({ name: 'registration', module, log: silentLog });
  server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
  await Promise.all(lists.map((list) => list.stop()));
  await store.close();
});

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec states what is in it
  readonly body: any;
}

/** What the gateway forwards for the operator, whose token holds these scopes. */
async function administer(
  method: string,
  path: string,
  { scope = everything, body }: { scope?: string[]; body?: unknown } = {},
): Promise<Answer> {
  const caller = {
    clientId: 'ag_operator',
    scope,
    grantId: 'gr_1',
    jti: 'tk_1',
    iat: Math.floor(store.now()),
    kid: 'k1',
    profile: 'service',
  };
  const header = callerHeader({
    from: 'gateway',
    to: 'registration',
    key: gateway,
    method,
    path: `/admin/v1${path}`,
    caller,
    now: store.now(),
  });
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { [callerHeaderName]: header, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const register = async (token: string): Promise<Answer> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [generateKey().publicJwk] } };
  const response = await fetch(`${url}/register`, { method: 'POST', headers, body: JSON.stringify(metadata) });
  return { status: response.status, body: await response.json() };
};

const asDefault = {
  profile: 'ai_agent',
  scope: ['demo:read', 'demo:write'],
  audiences: [`${issuer}/demo`],
  grant_types: ['client_credentials'],
  auth_methods: ['private_key_jwt'],
  sender_constraint: ['dpop'],
  access_token_lifetime: 600,
  lease: 86_400,
  max_uses: 10,
  max_iat_lifetime: 3_600,
};
const operators = { ...asDefault, scope: everything, audiences: [`${issuer}/admin`, `${issuer}/demo`] };

describe('an operator who may only set policy', () => {
  const policy = ['chancery:policy'];

  it('makes nobody an operator of more than he is', async () => {
    const refused = await administer('PUT', '/classes/default', { scope: policy, body: operators });
    expect(refused).toEqual({ status: 403, body: { error: 'insufficient_scope', error_description: expect.stringContaining('definer') } });
    const narrow = { ...operators, scope: ['chancery:policy', 'demo:read'] };
    expect((await administer('PUT', '/classes/policy', { scope: policy, body: narrow })).status).toBe(200);
    expect((await administer('PUT', '/classes/operators', { body: operators })).status).toBe(200);
  });

  it('locks no operator out', async () => {
    const cut = { resource: `${issuer}/admin`, name: 'mine', scope: ['x'] };
    expect((await administer('PUT', '/resources', { scope: policy, body: cut })).status).toBe(400);
    expect((await administer('PUT', '/resources', { scope: policy, body: { ...cut, scope: [...everything, 'x'] } })).status).toBe(200);
  });

  it('adds no second spelling of a resource', async () => {
    const other = { resource: 'https://mail.example/', name: 'Mail', scope: ['mail:read'] };
    expect((await administer('PUT', '/resources', { scope: policy, body: other })).status).toBe(400);
    expect((await administer('PUT', '/resources', { scope: policy, body: { ...other, resource: 'https://mail.example' } })).status).toBe(
      200,
    );
  });
});

describe('an initial access token', () => {
  it('opens what its class granted when it was minted, however the class is widened', async () => {
    expect((await administer('PUT', '/classes/later', { body: { ...asDefault, scope: ['demo:read'] } })).status).toBe(200);
    const minted = await administer('POST', '/iats', { body: { class: 'later', uses: 2 } });
    const wider = { ...operators, scope: [...everything, 'demo:read', 'demo:write'] };
    expect((await administer('PUT', '/classes/later', { body: wider })).status).toBe(200);
    const { status, body } = await register(minted.body.initial_access_token);
    expect([status, body.scope]).toEqual([201, 'demo:read']);
    const agent = await administer('GET', `/agents/${body.client_id}`);
    expect(agent.body).toMatchObject({ scope: 'demo:read', audiences: [`${issuer}/demo`] });
  });

  it('is shown with how often it was used, and without its secret', async () => {
    const minted = await administer('POST', '/iats', { body: { class: 'default', uses: 3, note: 'for the summariser' } });
    expect((await register(minted.body.initial_access_token)).status).toBe(201);
    const shown = await waitFor(async () => {
      const { body } = await administer('GET', `/iats/${minted.body.id}`);
      return body.used === 1 ? body : undefined;
    });
    expect(shown).toEqual({
      id: minted.body.id,
      class: 'default',
      status: 'open',
      uses: 3,
      used: 1,
      expires_at: minted.body.expires_at,
      scope: 'demo:read demo:write',
      audiences: [`${issuer}/demo`],
      note: 'for the summariser',
      minted_by: 'ag_operator',
    });
    await administer('POST', `/iats/${minted.body.id}/close`, { body: { reason: 'enough' } });
    expect((await administer('GET', `/iats/${minted.body.id}`)).body.status).toBe('closed');
    expect((await administer('GET', '/iats/it_01ARZ3NDEKTSV4RRFFQ69G5FAV')).status).toBe(404);
    expect((await administer('GET', '/iats/a%2Fb')).status).toBe(404);
    expect((await administer('GET', `/iats/${minted.body.id}`, { scope: ['chancery:audit'] })).status).toBe(403);
  });

  it.each(['a\nb', 'a\u202Eb', 'Cafe\u0301'])('has no note such as %j, and is ended for no such reason', async (text) => {
    expect((await administer('POST', '/iats', { body: { class: 'default', note: text } })).status).toBe(400);
    const { body } = await administer('POST', '/iats', { body: { class: 'default' } });
    expect((await administer('POST', `/iats/${body.id}/revoke`, { body: { reason: text } })).status).toBe(400);
    expect((await administer('GET', `/iats/${body.id}`)).body.status).toBe('open');
  });
});

describe('a class', () => {
  const counted = { ...asDefault, max_agents: 1, approval_required: true };

  it('is shown, with its versions and what a definition would change', async () => {
    expect((await administer('PUT', '/classes/shown', { body: asDefault })).status).toBe(200);
    const diff = await administer('POST', '/classes/shown/diff', { scope: ['chancery:policy'], body: counted });
    const changes = [
      { member: 'max_agents', to: 1 },
      { member: 'approval_required', to: true },
    ];
    expect(diff).toEqual({ status: 200, body: { class: 'shown', version: 1, changes } });
    expect((await administer('PUT', '/classes/shown', { body: counted })).status).toBe(200);
    const shown = await administer('GET', '/classes/shown', { scope: ['chancery:registry'] });
    expect(shown.body).toMatchObject({ version: 2, defined_by: 'ag_operator', definition: { ...counted, owner: 'ag_operator' } });
    const { body } = await administer('GET', '/classes/shown/versions');
    expect(body.versions).toMatchObject([{ version: 1 }, { version: 2, changes }]);
    expect((await administer('GET', '/classes/nobody')).status).toBe(404);
    expect((await administer('POST', '/classes/shown/diff', { scope: ['chancery:registry'], body: counted })).status).toBe(403);
  });

  it('may make its agents wait for the word of an operator', async () => {
    expect((await administer('PUT', '/classes/waiting', { body: counted })).status).toBe(200);
    const { body: iat } = await administer('POST', '/iats', { body: { class: 'waiting', uses: 2 } });
    const { status, body } = await register(iat.initial_access_token);
    expect([status, body.approval_pending]).toEqual([201, true]);
    const { client_id: id } = body;
    expect((await administer('GET', `/agents/${id}`)).body.status).toBe('pending');
    expect((await administer('POST', `/agents/${id}/resume`, { body: { reason: 'spec' } })).status).toBe(409);
    expect((await administer('POST', `/agents/${id}/approve`, { body: {} })).status).toBe(400);
    const ask = { body: { reason: 'known to the platform team' } };
    expect((await administer('POST', `/agents/${id}/approve`, { ...ask, scope: ['chancery:policy'] })).status).toBe(403);
    expect((await administer('POST', `/agents/${id}/approve`, ask)).body).toMatchObject({ already: false });
    expect((await administer('POST', `/agents/${id}/approve`, ask)).body).toMatchObject({ already: true });
    expect((await administer('GET', `/agents/${id}`)).body.status).toBe('active');
    const listed = await waitFor(async () => {
      const { body: all } = await administer('GET', '/agents?limit=1000');
      return all.agents.find((agent: { client_id: string; status: string }) => agent.client_id === id && agent.status === 'active');
    });
    expect(listed.class).toBe('waiting');
    // One lives, which is as many as may.
    expect((await register(iat.initial_access_token)).body).toMatchObject({ error: 'invalid_client_metadata' });
  });

  it('opens, by one of its tokens, no more of the operators’ API than the minter has', async () => {
    expect((await administer('PUT', '/classes/operating', { body: operators })).status).toBe(200);
    const mint = (scope: string[], more: object = {}) => administer('POST', '/iats', { scope, body: { class: 'operating', ...more } });
    expect((await mint(['chancery:registry'])).body).toMatchObject({ error: 'insufficient_scope' });
    expect((await mint(everything)).status).toBe(201);
    const narrow = { scope: ['chancery:registry'], owner: 'Registry team', jkt: gatewayKey.thumbprint };
    const { status, body } = await mint(['chancery:registry'], narrow);
    expect(status).toBe(201);
    expect((await administer('GET', `/iats/${body.id}`)).body).toMatchObject({
      scope: 'chancery:registry',
      owner: 'Registry team',
      jkt: gatewayKey.thumbprint,
    });
    expect((await mint(everything, { scope: ['demo:admin'] })).body.error_description).toContain('scope');
  });
});

describe('a list', () => {
  it.each(['agents', 'iats'])('of %s ignores no parameter and begins after nobody unknown', async (list) => {
    expect((await administer('GET', `/${list}?x=1`)).body).toEqual({ error: 'invalid_request', error_description: 'unknown parameter' });
    expect((await administer('GET', `/${list}?after=nobody`)).body).toEqual({
      error: 'invalid_request',
      error_description: 'after is unacceptable',
    });
    expect((await administer('GET', `/${list}?limit=1`)).status).toBe(200);
  });

  it('of agents goes on after the last of a page', async () => {
    const { body } = await administer('POST', '/iats', { body: { class: 'default', uses: 2 } });
    for (let n = 0; n < 2; n++) await register(body.initial_access_token);
    const all = await waitFor(async () => {
      const { body: listed } = await administer('GET', '/agents?limit=1000');
      return listed.agents.filter(({ iat_id }: { iat_id?: string }) => iat_id === body.id).length === 2 ? listed.agents : undefined;
    });
    const [first, second] = (await administer('GET', `/agents?limit=2`)).body.agents;
    const rest = await administer('GET', `/agents?after=${second.client_id}`);
    expect([first, second, ...rest.body.agents].map(({ client_id }) => client_id)).toEqual(
      all.map(({ client_id }: { client_id: string }) => client_id),
    );
  });
});

describe('everything else of the operators’ API', () => {
  it.each(['/classes', '/resources', '/agents/ag_operator'])('takes no parameter in the query of %s (WIRE-20)', async (path) => {
    expect((await administer('GET', path)).status).toBe(200);
    expect((await administer('GET', `${path}?x=1`)).status).toBe(400);
  });
});

import { expectNoSecret } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../spec-kit/command-line.js';
import { standIn, type StandIn } from '../spec-kit/stand-in.js';

const inAnHour = Math.floor(Date.now() / 1_000) + 3_700;
const iat = 'dGhlIGluaXRpYWwgYWNjZXNzIHRva2VuIG9mIGEgc3BlYw';

let chancery: StandIn;
beforeEach(async () => (chancery = await standIn()));
afterEach(() => chancery.close());

/** Runs a command whose assertion, proofs and token have to be in order. */
async function typed(line: string, columns = 80) {
  const result = await commandLine(line.split(' '), { operatorFile: chancery.operatorFile, columns });
  expect(chancery.refused).toEqual([]);
  return result;
}
const seen = () =>
  chancery.seen.map(({ method, path, query, body, scope }) => ({
    method,
    path: `${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    body,
    scope,
  }));

describe('iat mint', () => {
  const minted = { id: 'it_1', initial_access_token: iat, class: 'default', uses: 3, expires_at: inAnHour };
  beforeEach(() => (chancery.handlers['POST /admin/v1/iats'] = () => ({ status: 201, body: minted })));

  it('asks for the class, uses and end, with the narrowest scope', async () => {
    const { status } = await typed('iat mint --class default --uses 3 --expires-in 3700 --note mail');
    expect(status).toBe(0);
    expect(seen()).toEqual([
      {
        method: 'POST',
        path: '/admin/v1/iats',
        body: { class: 'default', uses: 3, expires_in: 3_700, note: 'mail' },
        scope: 'chancery:registry',
      },
    ]);
    expect(chancery.scopesAsked).toEqual(['chancery:registry']);
  });

  it("narrows it, binds it, and asks for what it gives of the operators' API", async () => {
    const key = 'XhxtkWybO1zb70hDWU5MkCE4zC2xSSiQUORSTc__JOo';
    const line = `iat mint --class ops --audience https://id.example/admin --key ${key} --owner ops`;
    await commandLine([...line.split(' '), '--scope', 'demo:read chancery:audit'], { operatorFile: chancery.operatorFile });
    expect(seen()).toEqual([
      {
        method: 'POST',
        path: '/admin/v1/iats',
        body: {
          class: 'ops',
          scope: ['demo:read', 'chancery:audit'],
          audiences: ['https://id.example/admin'],
          jkt: key,
          owner: 'ops',
        },
        scope: 'chancery:registry chancery:audit',
      },
    ]);
  });

  it('leaves to the server what was not said', async () => {
    await typed('iat mint --class default');
    expect(seen()[0]?.body).toEqual({ class: 'default' });
  });

  it('shows the token exactly once', async () => {
    const { out, err } = await typed('iat mint --class default');
    expect(out.split(iat)).toHaveLength(2);
    expect(out).toMatch(/^expires {2}\S+ \S+ \(in 1 h\)$/m);
    expect(err).toBe('');
  });

  it('gives programs one object', async () => {
    const { out } = await typed('iat mint --class default --json');
    expect(JSON.parse(out)).toEqual(minted);
    expect(out.split('\n')).toHaveLength(1);
  });
});

describe('agent list', () => {
  const agent = {
    client_id: 'ag_3fMnZ0rTq1Xc5vB8kLwD2A',
    name: 'Mail\u001b[2J',
    status: 'active',
    class: 'default',
    iat_id: 'it_1',
    lease_expires_at: inAnHour,
    scope: 'demo:read demo:write',
    registered_at: 1,
  };
  const operator = {
    client_id: 'op_first',
    name: null,
    status: 'active',
    class: null,
    iat_id: null,
    lease_expires_at: null,
    scope: 'chancery:audit',
    registered_at: 1,
  };
  beforeEach(
    () => (chancery.handlers['GET /admin/v1/agents'] = () => ({ body: { agents: [agent, operator], as_of: '2026-11-24T22:00:00.000Z' } })),
  );

  it('is a table that fits and that no agent can scribble over', async () => {
    const { status, out } = await typed('agent list');
    expect(status).toBe(0);
    expect(out.split('\n')).toEqual([
      'AGENT                      NAME      STATUS  CLASS    LEASE   SCOPE',
      'ag_3fMnZ0rTq1Xc5vB8kLwD2A  Mail�[2J  active  default  in 1 h  demo:read demo:wr…',
      'op_first                   –         active  –        –       chancery:audit',
    ]);
  });

  it('has every agent, page by page', async () => {
    const agents = Array.from({ length: 2_001 }, (_, index) => ({ ...agent, client_id: `ag_${index}` }));
    chancery.handlers['GET /admin/v1/agents'] = ({ query }) => {
      const from = agents.findIndex(({ client_id: id }) => id === query.get('after')) + 1;
      return {
        body: { agents: agents.slice(from, from + Number(query.get('limit'))), as_of: `page after ${query.get('after') ?? 'none'}` },
      };
    };
    expect(JSON.parse((await typed('agent list --json')).out)).toEqual({ agents, as_of: 'page after none' });
    expect(chancery.seen).toHaveLength(3);
  });

  it('gives programs the answer as it came, harmless on a screen', async () => {
    chancery.handlers['GET /admin/v1/agents'] = () => ({
      body: { agents: [{ ...agent, name: 'a\u009b2J\u202eb' }], as_of: '2026-11-24T22:00:00.000Z' },
    });
    const { out } = await typed('agent list --json');
    expect(JSON.parse(out)).toEqual({ agents: [{ ...agent, name: 'a\u009b2J\u202eb' }], as_of: '2026-11-24T22:00:00.000Z' });
    expect(out).toContain('a\\u009b2J\\u202eb');
  });
});

describe('agent show', () => {
  const agent = {
    client_id: 'ag_1',
    name: 'Mail',
    status: 'suspended',
    class: 'default',
    iat_id: 'it_1',
    lease_expires_at: inAnHour,
    scope: 'demo:read demo:write',
    registered_at: '2026-11-24T22:00:00Z',
    auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    audiences: ['https://a.example/demo'],
    dpop_bound: true,
    effective: { scope: 'demo:read', audiences: [] },
  };

  it('shows what it is and what it may do', async () => {
    chancery.handlers['GET /admin/v1/agents/ag_1'] = () => ({ body: agent });
    const { status, out } = await typed('agent show ag_1');
    expect(status).toBe(0);
    const lines = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines).toContainEqual(['agent', 'ag_1']);
    expect(lines).toContainEqual(['registered', '2026-11-24 22:00:00Z']);
    expect(lines).toContainEqual(['tokens bound', 'yes']);
    expect(lines).toContainEqual(['effective scope', 'demo:read']);
    expect(lines).toContainEqual(['effective audiences', 'none']);
    expect(JSON.parse((await typed('agent show ag_1 --json')).out)).toEqual(agent);
  });

  it('asks for an ID as one segment of the path, whatever is in it', async () => {
    chancery.handlers['GET /admin/v1/agents/*'] = () => ({ body: agent });
    await typed('agent show https://x.example/../../iats?a#b');
    expect(seen()[0]?.path).toBe('/admin/v1/agents/https%3A%2F%2Fx.example%2F..%2F..%2Fiats%3Fa%23b');
  });
});

describe.each([
  ['revoke agent ag_1', 'POST /admin/v1/agents/ag_1/revoke', 'agent ag_1 is revoked'],
  ['revoke grant gr_1', 'POST /admin/v1/grants/gr_1/revoke', 'grant gr_1 is revoked'],
  ['revoke iat it_1', 'POST /admin/v1/iats/it_1/revoke', 'all that came from it are revoked'],
  ['iat revoke it_1', 'POST /admin/v1/iats/it_1/revoke', 'all that came from it are revoked'],
  ['revoke iat it_1 --close', 'POST /admin/v1/iats/it_1/close', 'initial access token it_1 is closed'],
])('%s', (line, route, done) => {
  it('asks for that alone, with the reason, and says since when', async () => {
    chancery.handlers[route] = () => ({ body: { at: '2026-11-24T22:57:03.123456Z', already: false } });
    const { status, out } = await typed(`${line} --reason leaked --no-wait`);
    expect(status).toBe(0);
    expect(out).toContain(done);
    expect(out).toMatch(/, at 2026-11-24 22:57:03Z$/);
    expect(seen().map(({ method, path }) => `${method} ${path}`)).toEqual([route]);
    expect(seen()[0]).toMatchObject({ body: { reason: 'leaked' }, scope: 'chancery:revoke' });
  });

  it('is harmless a second time, and says so', async () => {
    const answer = { already: true };
    chancery.handlers[route] = () => ({ body: answer });
    expect((await typed(`${line} --reason leaked --no-wait`)).out).toMatch(/ already$/);
    expect(JSON.parse((await typed(`${line} --reason leaked --no-wait --json`)).out)).toEqual(answer);
  });
});

describe('no command', () => {
  it("shows the operator's private key, whatever it prints", async () => {
    chancery.handlers['GET /admin/v1/agents'] = () => ({ body: { agents: [], as_of: 1 } });
    for (const line of ['agent list', 'agent list --json', 'agent show nobody', 'iat mint --class x', 'revoke grant g --reason x']) {
      const { out, err } = await typed(line);
      expectNoSecret(out + err, { 'private key': chancery.secret }, line);
    }
  });
});

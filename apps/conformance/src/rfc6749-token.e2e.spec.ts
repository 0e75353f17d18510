import { generateKey } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { askToken, exchange, metadataOf, register, tokenExchange, tokenOf } from './spec-kit/clients.js';
import { aLedger } from './spec-kit/ledger.js';
import { demo, iatOfThisRun, issuer } from './spec-kit/target.js';
import { anAgent, operator } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);
const ask = async (form: Record<string, string>, note = true) => {
  const answer = await askToken(agent, { form });
  return note && answer.status !== 200 ? ledger.note('/token', answer) : answer;
};

describe('client credentials (RFC 6749 §4.4)', () => {
  it('are answered with token, type, life and scope, and with no refresh token (§5.1, TOK-01, CC-02, DPOP-11)', async () => {
    const { status, headers, body } = await ask({ scope: 'demo:read' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': expect.stringMatching(/^application\/json\b/) });
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'DPoP',
      expires_in: expect.any(Number),
      scope: 'demo:read',
    });
    expect(body.expires_in).toBeGreaterThan(0);
    expect(body.expires_in).toBeLessThanOrEqual(900);
  });

  it('give all that the agent holds at the resource where no scope is named (§3.3, CC-04)', async () => {
    const { body } = await ask({});
    expect(body.scope.split(' ').toSorted()).toEqual(['demo:read', 'demo:write']);
  });

  it.each(['demo:read demo:admin', 'chancery:audit', 'demo:read chancery:registry', 'offline_access', 'constructor'])(
    'refuse the scope %j as a whole, never narrowing in silence (§3.3, CC-04)',
    async (scope) => {
      expect(await ask({ scope })).toBeRefused(400, 'invalid_scope');
    },
  );

  it('are for who registered for the grant, and so is exchange (§5.2, CC-01, EXC-03)', async () => {
    const key = generateKey();
    const { body } = await register(issuer, iatOfThisRun.token, metadataOf(key, { grant_types: [tokenExchange] }));
    expect(await askToken({ issuer, clientId: body.client_id, key })).toBeRefused(400, 'unauthorized_client');
    const token = await tokenOf(operator, { form: { resource: `${issuer}/admin`, scope: 'chancery:audit' } });
    expect(await exchange(operator, token)).toBeRefused(400, 'unauthorized_client');
  });
});

describe('a resource indicator (RFC 8707 §2)', () => {
  it.each(['http', 'HTTP'])('matches whatever the case of its scheme and host: %s (AUZ-06)', async (scheme) => {
    const { status } = await ask({ resource: demo.replace(/^http/, scheme).replace('localhost', 'LOCALHOST') });
    expect(status).toBe(200);
  });

  it('may be left out where there is but one (CC-03)', async () => {
    expect((await ask({ resource: '' })).status).toBe(200);
  });

  it.each([
    ['nobody registered', 'https://elsewhere.example/'],
    ['of operators', `${issuer}/admin`],
    ['below the right one', `${demo}/notes`],
    ['beside the right one', `${demo}s`],
    ['with a slash at its end', `${demo}/`],
    ['in another case', demo.replace('/demo', '/Demo')],
    ['with a query', `${demo}?a=b`],
    ['with a fragment', `${demo}#x`],
    ['that is relative', '/demo'],
    ['that is no URI', 'the demo'],
    ['that is the server', issuer],
  ])('%s is refused (§2, AUZ-06, CC-03)', async (_name, resource) => {
    expect(await ask({ resource })).toBeRefused(400, 'invalid_target');
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

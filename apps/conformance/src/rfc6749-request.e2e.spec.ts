import { describe, expect, it } from 'vitest';
import { askToken, assertionType } from './spec-kit/clients.js';
import { forgeAssertion, forgeProof } from './spec-kit/forge.js';
import { ask, formType, postForm } from './spec-kit/http.js';
import { aLedger } from './spec-kit/ledger.js';
import { demo, issuer } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const ledger = aLedger(agent);

/** The honest request as pairs, which a spec may repeat or spoil. */
const honest = (): [string, string][] => [
  ['grant_type', 'client_credentials'],
  ['resource', demo],
  ['client_assertion_type', assertionType],
  ['client_assertion', forgeAssertion(agent)],
];
const proof = () => ({ dpop: forgeProof({ key: agent.key, url: `${issuer}/token` }) });
const post = (more = '', { query = '', from = 0 } = {}) =>
  ask(`${issuer}/token${query}`, () => postForm(new URLSearchParams(honest().slice(from)).toString() + more, proof()));

describe('a request to the token endpoint (RFC 6749 §3.2, OAuth 2.1 §3.2)', () => {
  it('is a form; its charset may be said (WIRE-01)', async () => {
    const plain = await post();
    const said = await ask(`${issuer}/token`, () => postForm(honest(), { ...proof(), 'content-type': `${formType};charset=UTF-8` }));
    expect([plain.status, said.status]).toEqual([200, 200]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is no %s: 405, and POST is named (WIRE-01)', async (method) => {
    const answer = await ask(`${issuer}/token`, () => ({ method }));
    expect(answer).toBeRefused(405, 'invalid_request');
    expect(answer.headers['allow']).toBe('POST');
  });

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', `${formType}; charset=utf-16`, ''])(
    'is not of the type %j: 415 (WIRE-01)',
    async (type) => {
      const body = new TextEncoder().encode(new URLSearchParams(honest()).toString());
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
      expect(await ask(`${issuer}/token`, () => ({ method: 'POST', headers, body }))).toBeRefused(415, 'invalid_request');
    },
  );

  it.each(['grant_type=client_credentials', 'scope=demo:read', 'client_id=x', 'access_token=x', 'scope%5B%5D=x'])(
    'has no parameter in its query: %s (OAuth 2.1 §3.2.2, WIRE-02)',
    async (query) => {
      expect(await post('', { query: `?${query}` })).toBeRefused(400, 'invalid_request');
    },
  );

  it.each(['grant_type=client_credentials', 'scope=demo:read&scope=demo:read', 'client_assertion=x', 'client_id=a&client_id=a'])(
    'has no parameter twice: %s (WIRE-03)',
    async (more) => {
      expect(await post(`&${more}`)).toBeRefused(400, 'invalid_request');
    },
  );

  it('may repeat its resource as far as the form goes; one token is for one (RFC 8707 §2, WIRE-03, CC-03)', async () => {
    expect(ledger.note('/token', await post(`&resource=${encodeURIComponent(demo)}`))).toBeRefused(400, 'invalid_target');
  });

  it('says nothing with an empty value (OAuth 2.1 §3.2, WIRE-04)', async () => {
    expect((await post('&scope=&client_id=&subject_token=&audience=')).status).toBe(200);
  });

  it('may hold what nobody knows (OAuth 2.1 §3.2, WIRE-04)', async () => {
    expect((await post('&invented=1')).status).toBe(200);
  });

  it.each(['a=%', 'a=%zz', 'scope=%FF', 'scope=%C3%28', 'scope=%00', '%00=x', 'scope=%0A', 'scope[]=x', 'scope=a%ED%A0%80'])(
    'is answered when it is as broken as %s (RFC 6749 App. B, WIRE-05)',
    async (more) => {
      expect(await post(`&${more}`)).toBeRefused(400, 'invalid_request');
    },
  );

  it('has at most 64 parameters, and 64 KiB (WIRE-07)', async () => {
    const many = Array.from({ length: 65 }, (_, nth) => `p${nth}=1`).join('&');
    expect(await post(`&${many}`)).toBeRefused(400, 'invalid_request');
    expect(await post(`&p=${'x'.repeat(20_000)}`)).toBeRefused(400, 'invalid_request');
    expect(await post(`&p=${'x'.repeat(70_000)}`)).toBeRefused(413, 'invalid_request');
  });

  it('names a grant that exists (§5.2, WIRE-08)', async () => {
    expect(await post('', { from: 1 })).toBeRefused(400, 'invalid_request');
    for (const grantType of ['nothing', 'CLIENT_CREDENTIALS', 'client_credentials ', 'constructor'])
      expect(await askToken(agent, { form: { grant_type: grantType } })).toBeRefused(400, 'unsupported_grant_type');
  });
});

describe('a parameter or header that means something is honoured or refused (WIRE-04, WIRE-20):', () => {
  const scenarios = ['subject_token', 'actor_token', 'assertion', 'code', 'refresh_token', 'username', 'password'];
  const meanings = [
    'audience',
    'requested_token_type',
    'requested_expires_in',
    'authorization_details',
    'request',
    'request_uri',
    'dpop_jkt',
  ];
  const others = [
    'redirect_uri',
    'code_verifier',
    'claims',
    'acr_values',
    'max_age',
    'may_act',
    'cnf',
    'subject_token_proof',
    'approval_id',
  ];

  it.each([...scenarios, ...meanings, ...others])('%s', async (name) => {
    expect(await askToken(agent, { form: { [name]: 'x' } })).toBeRefused(400, 'invalid_request');
  });

  it.each(['a b\u00A0c', 'demo:read  demo:write', ' demo:read', 'demo:read ', 'demo"read', 'demo\\read', 'dèmo'])(
    'the scope %j, which is none (RFC 6749 §3.3, WIRE-06)',
    async (scope) => {
      expect(ledger.note('/token', await askToken(agent, { form: { scope } }))).toBeRefused(400, 'invalid_scope');
    },
  );

  it('scope tokens are case-sensitive, and neither order nor repetition means anything (RFC 6749 §3.3, WIRE-06)', async () => {
    expect(ledger.note('/token', await askToken(agent, { form: { scope: 'DEMO:READ' } }))).toBeRefused(400, 'invalid_scope');
    const { body } = await askToken(agent, { form: { scope: 'demo:write demo:read demo:write' } });
    expect(body.scope.split(' ').toSorted()).toEqual(['demo:read', 'demo:write']);
  });
});

describe('what was refused here', () => {
  it('after the agent was known left exactly one record each, and none before; no credential stands in one (WIRE-18, EVT-05)', async () => {
    const { noted, recorded, secrets } = await ledger.settle();
    expect(recorded).toEqual(noted);
    expect(secrets).toBe(0);
  });
});

import { randomUUID } from 'node:crypto';
import { waitFor } from '@chancery/testing';
import { calculateJwkThumbprint, type CryptoKey, decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, postForm } from './spec-kit/http.js';
import { logOf, patience } from './spec-kit/ledger.js';
import { issuer } from './spec-kit/target.js';
import { act, mintIat } from './spec-kit/world.js';

/** Milliseconds within which a revocation is in force, or the gateway denies. */
const bound = 40_000;

// An agent that knows the standards and nothing of ours: documents tell it where to go, and jose makes its proofs.
const agent = {} as { clientId: string; key: CryptoKey; jwk: JWK; jkt: string };
const server = {} as Record<'registration_endpoint' | 'token_endpoint' | 'revocation_endpoint' | 'resource', string>;

const proof = async (htm: string, htu: string, accessToken?: string): Promise<string> => {
  const ath =
    accessToken && Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))).toString('base64url');
  return new SignJWT({ htm, htu, jti: randomUUID(), ...(ath && { ath }) })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: agent.jwk })
    .setIssuedAt()
    .sign(agent.key);
};

const assertion = () =>
  new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(agent.clientId)
    .setSubject(agent.clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(agent.key);

async function post(endpoint: string, form: Record<string, string>): Promise<Answer> {
  const credential = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(),
  };
  const dpop = await proof('POST', endpoint);
  return ask(endpoint, () => postForm({ ...credential, ...form }, { dpop }));
}

async function call(token: string, method = 'GET'): Promise<Answer> {
  const url = `${server.resource}/notes`;
  const dpop = await proof(method, url, token);
  const write = method === 'POST' && { body: '{"text":"a whole life"}' };
  return ask(url, () => ({ method, headers: { authorization: `DPoP ${token}`, dpop, 'content-type': 'application/json' }, ...write }));
}

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  agent.key = privateKey;
  agent.jwk = await exportJWK(publicKey);
  agent.jkt = await calculateJwkThumbprint(agent.jwk);
});

describe('the complete life of an agent', () => {
  let iat: { id: string; token: string };
  let parent: string;
  let child: string;

  it('begins at a resource, which says where tokens come from (RFC 9728 §5, RFC 8414 §3)', async () => {
    const { headers } = await ask(`${issuer}/demo/notes`);
    const [, url = ''] = /resource_metadata="([^"]+)"/.exec(headers['www-authenticate'] ?? '') ?? [];
    const { body: resource } = await ask(url);
    const { body: metadata } = await ask(`${new URL(resource.authorization_servers[0]).origin}/.well-known/oauth-authorization-server`);
    expect(metadata.issuer).toBe(issuer);
    Object.assign(server, metadata, { resource: resource.resource });
  });

  it('registers with its key, let in by an operator (RFC 7591 §3)', async () => {
    iat = await mintIat();
    const metadata = { client_name: 'a stranger', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [agent.jwk] } };
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${iat.token}` };
    const { status, body } = await ask(server.registration_endpoint, () => ({ method: 'POST', headers, body: JSON.stringify(metadata) }));
    expect(status).toBe(201);
    agent.clientId = body.client_id;
  });

  it('gets a token that its key alone can use (RFC 6749 §4.4, RFC 9449 §5)', async () => {
    const { status, body } = await post(server.token_endpoint, { grant_type: 'client_credentials', resource: server.resource });
    expect([status, body.token_type]).toEqual([200, 'DPoP']);
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: agent.clientId, aud: server.resource, cnf: { jkt: agent.jkt } });
    parent = body.access_token;
  });

  it('reads and writes (RFC 9449 §7.1)', async () => {
    expect((await call(parent)).status).toBe(200);
    expect((await call(parent, 'POST')).status).toBe(201);
  });

  it('narrows its token for one task, which can then do no more than that (RFC 8693 §2)', async () => {
    const { status, body } = await post(server.token_endpoint, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: parent,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'demo:read',
    });
    expect([status, body.scope]).toEqual([200, 'demo:read']);
    child = body.access_token;
    expect((await call(child)).status).toBe(200);
    expect(await call(child, 'POST')).toBeRefused(403, 'insufficient_scope');
  });

  it('gives the token back, and neither it nor what came of it works within the bound (RFC 7009 §2)', async () => {
    expect((await post(server.revocation_endpoint, { token: parent })).status).toBe(200);
    for (const token of [parent, child]) {
      const dead = await waitFor(
        async () => {
          const answer = await call(token);
          return answer.status !== 200 && answer;
        },
        { timeout: bound, every: 50 },
      );
      expect(dead).toBeRefused(401, 'invalid_token');
    }
  });

  it('ends by an operator, and gets nothing any more', async () => {
    expect((await act({ scope: 'chancery:revoke', path: `/iats/${iat.id}/revoke`, body: { reason: 'spec' } })).status).toBe(200);
    expect(await post(server.token_endpoint, { grant_type: 'client_credentials', resource: server.resource })).toBeRefused(
      401,
      'invalid_client',
    );
  });

  it('is all on record', async () => {
    const seen = ['agent.registered', 'grant.token-issued', 'grant.token-exchanged', 'activity.allowed', 'activity.denied'];
    const types = await waitFor(async () => {
      const found = new Set((await logOf({ agent: agent.clientId })).map(({ type }) => type));
      return seen.every((type) => found.has(type)) && found;
    }, patience);
    expect([...types]).toEqual(expect.arrayContaining(seen));
  });
});

import { createHmac, createPublicKey } from 'node:crypto';
import { waitFor } from '@chancery/testing';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { accessToken, newSigner } from '../spec-kit/agent.js';
import { issuer, openWorld, publicKeyOf, type World } from '../spec-kit/world.js';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
});
afterEach(() => world.close());

const metadata = `${issuer}/.well-known/oauth-protected-resource/demo`;

describe('a call with no token', () => {
  it('is told how to get one: every scheme taken, scope, metadata, no error (GW-08)', async () => {
    const { status, headers, body } = await world.send({});
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe(`DPoP scope="demo:read", resource_metadata="${metadata}", algs="ES256 PS256 Ed25519 EdDSA"`);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toBe('{}');
    expect(world.bus.calls()).toEqual([]);
    expect(world.refused).toEqual([expect.objectContaining({ endpoint: '/demo/notes', source: '127.0.0.1' })]);
  });

  it('does not have one in query, body or cookie, nor in Basic (GW-01)', async () => {
    const token = await world.token();
    expect((await world.send({ path: `/demo/notes?access_token=${token}` })).status).toBe(401);
    expect((await world.send({ headers: ['cookie', `access_token=${token}`] })).status).toBe(401);
    expect((await world.send({ headers: ['authorization', `Basic ${token}`] })).status).toBe(401);
    const form = { method: 'POST', body: `access_token=${token}`, headers: ['content-type', 'application/x-www-form-urlencoded'] };
    expect((await world.send(form)).status).toBe(401);
  });
});

describe('a token', () => {
  it('passes with its proof, whatever the case of the scheme', async () => {
    expect((await world.call()).status).toBe(200);
    expect((await world.call({ scheme: 'dpop' })).status).toBe(200);
  });

  it('in two places, or twice, is 400 (S-105)', async () => {
    const token = await world.token();
    const twice = await world.send({ headers: ['authorization', `DPoP ${token}`, 'authorization', `DPoP ${token}`] });
    expect([twice.status, JSON.parse(twice.body)]).toEqual([400, { error: 'invalid_request' }]);
    expect((await world.call({ token, path: `/demo/notes?access_token=${token}` })).status).toBe(400);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://other.example' }],
    ['of another resource (S-097)', { aud: `${issuer}/admin` }],
    ['with a list of audiences', { aud: [`${issuer}/demo`] }],
    ['that ends this second', { exp: 1_790_000_000 }],
    ['from the future', { iat: 1_790_000_061 }],
    ['that is not valid yet', { nbf: 1_790_000_061 }],
    ['without an end', { exp: undefined }],
    ['without a grant', { grant_id: undefined }],
    ['with an empty cnf (S-105)', { cnf: {} }],
    ['with cnf null', { cnf: null }],
    ['with an unknown member in cnf', { cnf: { kid: 'x' } }],
    ['with two members in cnf', { cnf: { jkt: 'A'.repeat(43), 'x5t#S256': 'B'.repeat(43) } }],
    ['bound to another key', { cnf: { jkt: 'A'.repeat(43) } }],
    ['that is bound to none, under DPoP', { cnf: undefined }],
  ])('%s is 401 invalid_token', async (_name, change) => {
    expect((await world.call()).status).toBe(200);
    const { status, headers } = await world.call({ token: await world.token(change) });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^DPoP error="invalid_token", /);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another type', { typ: 'JWT' }],
    ['without a type', { typ: undefined }],
    ['with an unknown kid', { kid: 'other' }],
    ['without a kid', { kid: undefined }],
  ])('%s is 401 invalid_token', async (_name, header) => {
    expect((await world.call({ token: await world.token({}, header) })).status).toBe(401);
  });

  it('whose signature is of another key, altered, or missing is 401', async () => {
    const stranger = await newSigner();
    const kid = { kid: world.signer.thumbprint };
    expect((await world.call({ token: await accessToken(stranger, world.claims, kid) })).status).toBe(401);
    const token = await world.token();
    expect((await world.call({ token: `${token.slice(0, -6)}AAAAAA` })).status).toBe(401);
    expect((await world.call({ token: `${token.split('.', 2).join('.')}.` })).status).toBe(401);
    expect(world.bus.calls()).toEqual([]);
  });

  it('keyed by our public key as a secret, in every form, is 401 (S-115)', async () => {
    const key = createPublicKey({ key: { ...world.signer.publicJwk }, format: 'jwk' });
    const secrets = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(world.signer.publicJwk),
    ];
    const [, payload] = (await world.token()).split('.');
    for (const secret of secrets) {
      const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: world.signer.thumbprint })).toString('base64url');
      const sig = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
      expect((await world.call({ token: `${header}.${payload}.${sig}` })).status).toBe(401);
    }
  });

  it('with a scope too small is 403, naming all the operation needs, once (GW-10)', async () => {
    const token = await world.token({ scope: 'demo:write' });
    const { status, headers, body } = await world.call({ token });
    expect([status, JSON.parse(body)]).toEqual([403, { error: 'insufficient_scope' }]);
    expect(headers['www-authenticate']).toBe(
      `DPoP error="insufficient_scope", scope="demo:read", resource_metadata="${metadata}", algs="ES256 PS256 Ed25519 EdDSA"`,
    );
    expect((await world.call({ token: await world.token({ scope: undefined }) })).status).toBe(403);
    expect((await world.call({ token: await world.token({ scope: 'demo:readx demo' }) })).status).toBe(403);
  });

  it('that was seen before saves its signature only: its end, audience and scope are asked again (GW-07, S-100)', async () => {
    const token = await world.token({ scope: 'demo:read', exp: world.clock.database() + 2 });
    expect((await world.call({ token })).status).toBe(200);
    expect((await world.call({ token, method: 'POST', body: '{"text":"x"}' })).status).toBe(403);
    expect((await world.call({ token, path: '/admin/v1/agents' })).status).toBe(401);
    world.clock.move(2);
    expect((await world.call({ token })).status).toBe(401);
    expect(world.bus.calls().at(-1)).toMatchObject({ decision: 'denied', reason: 'token_expired', agent: 'ag_1' });
  });

  it('equal to another but for scope or jti does not share its verdict (S-100)', async () => {
    expect((await world.call()).status).toBe(200);
    expect((await world.call({ token: await world.token({ scope: 'demo:write' }) })).status).toBe(403);
  });

  it('as Bearer where it is bound, or where bearer is not taken, is 401, and the challenge offers what is taken (DPOP-10, S-105)', async () => {
    const bound = await world.call({ scheme: 'Bearer', proof: '' });
    expect(bound.status).toBe(401);
    expect(bound.headers['www-authenticate']).toMatch(/^DPoP error="invalid_token"/);
    expect((await world.call({ scheme: 'Bearer', proof: '', token: await world.token({ cnf: undefined }) })).status).toBe(401);
    expect((await world.call({ scheme: 'Bearer' })).status).toBe(401);
  });
});

describe('a key set', () => {
  it('asked for random kids is fetched once a minute at most, also after it failed, and known keys go on (S-027)', async () => {
    const strangers = await Promise.all(Array.from({ length: 8 }, (_, n) => world.token({}, { kid: `unknown-${n}` })));
    const before = world.keySet.fetched;
    const random = async (n: number): Promise<number> => (await world.call({ token: strangers[n % 8] ?? '' })).status;
    const seen = new Set(await Promise.all(Array.from({ length: 500 }, (_, n) => random(n))));
    expect([...seen]).toEqual([401]);
    expect(world.keySet.fetched).toBe(before);
    world.keySet.jwks = undefined;
    world.clock.move(60);
    await Promise.all(Array.from({ length: 100 }, (_, n) => random(n)));
    expect(world.keySet.fetched).toBe(before + 1);
    await waitFor(async () => (await world.call()).status === 200);
  });

  it('that rotated is seen within the cooldown', async () => {
    const next = await newSigner();
    world.keySet.jwks = { keys: [publicKeyOf(world.signer), publicKeyOf(next)] };
    const token = await accessToken(next, world.claims);
    expect((await world.call({ token })).status).toBe(401);
    world.clock.move(60);
    await waitFor(async () => (await world.call({ token })).status === 200);
  });
});

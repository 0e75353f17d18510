import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { generateKey } from '@chancery/oauth/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { askToken, metadataOf, register, tokenExchange } from './spec-kit/clients.js';
import { ask, postForm, tally } from './spec-kit/http.js';
import { demo, issuer } from './spec-kit/target.js';
import { act, mintIat } from './spec-kit/world.js';

const day = 86_400;

const end = (id: string, verb: 'close' | 'revoke') =>
  act({ scope: 'chancery:revoke', path: `/iats/${id}/${verb}`, body: { reason: 'spec' } });

/** One for all that is refused here: no refusal may use it up. */
let iat: { id: string; token: string };
beforeAll(async () => {
  iat = await mintIat({ uses: 5 });
});

describe('a registration', () => {
  it('is answered with all metadata as registered, and never cached (§3.2.1, DCR-02, DCR-11)', async () => {
    const key = generateKey();
    const { status, headers, body } = await register(
      issuer,
      iat.token,
      metadataOf(key, { scope: 'demo:read chancery:audit nobody:knows' }),
    );
    expect(status).toBe(201);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': expect.stringMatching(/^application\/json\b/) });
    expect(body).toMatchObject({
      client_name: 'conformance agent',
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials', tokenExchange],
      response_types: [],
      scope: 'demo:read',
      jwks: { keys: [expect.objectContaining({ ...key.publicJwk })] },
      dpop_bound_access_tokens: true,
      client_profile: 'ai_agent',
      lease_expires_at: body.client_id_issued_at + day,
    });
    expect(body).not.toHaveProperty('client_secret');
  });

  it('has an id of the server, with 128 random bits, whatever the client sent; unknown members are dropped (DCR-04, DCR-15)', async () => {
    const wish = { client_id: 'ag_mine', client_secret: 'mine', invented_member: 'x', client_id_issued_at: 1 };
    const { body } = await register(issuer, iat.token, metadataOf(generateKey(), wish));
    expect(body.client_id).toMatch(/^ag_[\w-]{22}$/);
    expect(body).not.toHaveProperty('invented_member');
    expect(body).not.toHaveProperty('client_secret');
    expect(body.client_id_issued_at).toBeGreaterThan(1_700_000_000);
  });

  it('without a method asks for client_secret_basic: a secret of 256 bits that ends with the lease (§2, §3.2.1, DCR-03, DCR-05)', async () => {
    const { status, body } = await register(issuer, iat.token, {});
    expect([status, body.token_endpoint_auth_method]).toEqual([201, 'client_secret_basic']);
    expect(body.client_secret).toMatch(/^[\w-]{43,}$/);
    expect(body.client_secret_expires_at).toBe(body.lease_expires_at);
  });
});

describe('keys at an address', () => {
  it('are shown as they were registered: the address alone (§2, §3.2.1, DCR-08)', async () => {
    const { status, body } = await register(
      issuer,
      iat.token,
      metadataOf(generateKey(), { jwks: undefined, jwks_uri: 'https://agent.example/jwks' }),
    );
    expect([status, body.jwks_uri]).toEqual([201, 'https://agent.example/jwks']);
    expect(body).not.toHaveProperty('jwks');
  });
});

const { privateKey } = generateKey();
const small = createPublicKey(generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey).export({ format: 'jwk' });
const twice = generateKey().publicJwk;
const off = { ...generateKey().publicJwk, y: Buffer.alloc(32, 7).toString('base64url') };

const refused: [name: string, metadata: unknown, error?: string][] = [
  ['no JSON', '{"client_name":', 'invalid_client_metadata'],
  ['an array', '[]'],
  ['a member twice', '{"client_name":"a","client_name":"b"}'],
  ['the key method and no key', { token_endpoint_auth_method: 'private_key_jwt' }],
  ['a private key', metadataOf(generateKey(), { jwks: { keys: [privateKey.export({ format: 'jwk' })] } })],
  ['a shared secret as a key', metadataOf(generateKey(), { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } })],
  ['an RSA key of 1024 bits', metadataOf(generateKey(), { jwks: { keys: [small] } })],
  ['a point that is not on its curve', metadataOf(generateKey(), { jwks: { keys: [off] } })],
  ['a key twice', metadataOf(generateKey(), { jwks: { keys: [twice, twice] } })],
  ['jwks_uri without TLS', metadataOf(generateKey(), { jwks: undefined, jwks_uri: 'http://agent.example/jwks' })],
  ['jwks_uri at an address inside', metadataOf(generateKey(), { jwks: undefined, jwks_uri: 'https://169.254.169.254/jwks' })],
  ['jwks_uri at a name of this machine', metadataOf(generateKey(), { jwks: undefined, jwks_uri: 'https://localhost/jwks' })],
  ['jwks and jwks_uri', metadataOf(generateKey(), { jwks_uri: 'https://agent.example/jwks' })],
  ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
  ['the method none', { token_endpoint_auth_method: 'none' }],
  ['the grant authorization_code', metadataOf(generateKey(), { grant_types: ['authorization_code'] })],
  ['the grant implicit', metadataOf(generateKey(), { grant_types: ['implicit'], response_types: ['token'] })],
  ['the grant password', metadataOf(generateKey(), { grant_types: ['client_credentials', 'password'] })],
  ['a response type without its grant', metadataOf(generateKey(), { response_types: ['code'] })],
  ['nothing of its scope allowed', metadataOf(generateKey(), { scope: 'chancery:audit' })],
  ['a scope that is none', metadataOf(generateKey(), { scope: 'demo:read  demo:write' })],
  ['bearer tokens where the class binds', metadataOf(generateKey(), { dpop_bound_access_tokens: false })],
  ['another profile than the class gives', metadataOf(generateKey(), { client_profile: 'service' })],
  ['control characters in its name', metadataOf(generateKey(), { client_name: 'a\u0000b' })],
  ['bidirectional characters in its name', metadataOf(generateKey(), { client_name: 'a\u202Eb' })],
  ['a name of 129 characters', metadataOf(generateKey(), { client_name: 'n'.repeat(129) })],
  ['a number for a name', metadataOf(generateKey(), { client_name: 7 })],
  ['a logo behind javascript:', metadataOf(generateKey(), { logo_uri: 'javascript:alert(1)' })],
  ['a client_uri without TLS', metadataOf(generateKey(), { client_uri: 'http://agent.example' })],
  ['a certificate as its credential', metadataOf(generateKey(), { tls_client_auth_subject_dn: 'CN=agent' })],
  ['pushed requests required', metadataOf(generateKey(), { require_pushed_authorization_requests: true })],
  ['a pinned algorithm of another key', metadataOf(generateKey(), { token_endpoint_auth_signing_alg: 'PS256' })],
  ['a redirect URI with a fragment', metadataOf(generateKey(), { redirect_uris: ['https://a.example/#x'] }), 'invalid_redirect_uri'],
  ['a redirect URI behind http', metadataOf(generateKey(), { redirect_uris: ['http://a.example/cb'] }), 'invalid_redirect_uri'],
  ['a redirect URI behind data:', metadataOf(generateKey(), { redirect_uris: ['data:text/html,x'] }), 'invalid_redirect_uri'],
  ['a software statement', metadataOf(generateKey(), { software_statement: 'a.b.c' }), 'invalid_software_statement'],
];

describe('a registration is refused with', () => {
  it.each(refused)('%s (§2, §3.2.2, DCR-01, DCR-06 to DCR-09, DCR-11, DCR-15, DCR-16)', async (_name, metadata, error) => {
    expect(await register(issuer, iat.token, metadata)).toBeRefused(400, error ?? 'invalid_client_metadata');
  });

  it('a body that is no JSON by its type (§3.1, DCR-01)', async () => {
    const authorization = `Bearer ${iat.token}`;
    expect(await ask(`${issuer}/register`, () => postForm({ client_name: 'x' }, { authorization }))).toBeRefused(415, 'invalid_request');
  });

  it('nothing used up: the use that is left still registers one, and no second (WIRE-18, IAT-03)', async () => {
    expect((await register(issuer, iat.token, metadataOf(generateKey()))).status).toBe(201);
    expect(await register(issuer, iat.token, metadataOf(generateKey()))).toBeRefused(401, 'invalid_token');
  });
});

describe('an initial access token', () => {
  const challenge = 'Bearer realm="chancery-registration"';

  it('that is not shown is asked for, without an error (RFC 6750 §3, IAT-02)', async () => {
    const answer = await register(issuer, undefined, metadataOf(generateKey()));
    expect(answer).toBeRefused(401, undefined);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  });

  it('unknown, half, wrong, spent, closed or revoked is one answer (IAT-02, WIRE-19)', async () => {
    const [spent, closed, revoked] = [await mintIat(), await mintIat(), await mintIat()];
    expect((await register(issuer, spent.token, metadataOf(generateKey()))).status).toBe(201);
    await end(closed.id, 'close');
    await end(revoked.id, 'revoke');
    const tokens = [
      `it_01ARZ3NDEKTSV4RRFFQ69G5FAV.${'a'.repeat(43)}`,
      'nothing',
      iat.token.slice(0, -1),
      `${iat.id}.${'a'.repeat(43)}`,
      ...[spent, closed, revoked].map(({ token }) => token),
    ];
    const answers = [];
    for (const token of tokens) answers.push(await register(issuer, token, metadataOf(generateKey())));
    for (const answer of answers) expect(answer).toBeRefused(401, 'invalid_token');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['www-authenticate']))).toEqual(new Set([`${challenge}, error="invalid_token"`]));
  });

  it('counts in the Authorization field alone (RFC 6750 §2.1, IAT-01)', async () => {
    const { token } = await mintIat();
    const metadata = JSON.stringify(metadataOf(generateKey(), { initial_access_token: token, access_token: token }));
    const headers = { 'content-type': 'application/json' };
    expect(await ask(`${issuer}/register`, () => ({ method: 'POST', headers, body: metadata }))).toBeRefused(401, undefined);
    const inQuery = await ask(`${issuer}/register?access_token=${token}`, () => ({ method: 'POST', headers, body: metadata }));
    expect(inQuery.status).toBeGreaterThanOrEqual(400);
    expect((await register(issuer, token, metadataOf(generateKey()))).status).toBe(201);
  });

  it('is worthless anywhere else (IAT-01)', async () => {
    const { id, token } = await mintIat();
    const authorization = `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}`;
    expect(
      await ask(`${issuer}/token`, () => postForm({ grant_type: 'client_credentials', resource: demo }, { authorization })),
    ).toBeRefused(401, 'invalid_client');
    expect(await ask(`${issuer}/demo/notes`, () => ({ headers: { authorization: `Bearer ${token}` } }))).toBeRefused(401, 'invalid_token');
  });

  it('of one use, shown ten times at once, registers one agent (IAT-03)', async () => {
    const { token } = await mintIat();
    const answers = await Promise.all(Array.from({ length: 10 }, () => register(issuer, token, metadataOf(generateKey()))));
    expect(tally(answers)).toEqual({ 201: 1, 401: 9 });
  });

  it('that is closed lets live who came by it; that is revoked ends them (IAT-05)', async () => {
    for (const [verb, status] of [
      ['close', 200],
      ['revoke', 401],
    ] as const) {
      const { id, token } = await mintIat();
      const key = generateKey();
      const { body } = await register(issuer, token, metadataOf(key));
      const agent = { issuer, clientId: body.client_id as string, key };
      expect((await askToken(agent)).status).toBe(200);
      await end(id, verb);
      expect((await askToken(agent)).status).toBe(status);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { ask, postForm } from './spec-kit/http.js';
import { issuer } from './spec-kit/target.js';

const path = new URL(issuer).pathname.replace(/\/$/, '');
const origin = new URL(issuer).origin;
const document = (init: RequestInit = {}) => ask(`${origin}/.well-known/oauth-authorization-server${path}`, () => init);

describe('authorization server metadata (RFC 8414)', () => {
  it('is JSON, answered at once, which anybody may cache (§3.2, META-02)', async () => {
    const { status, headers } = await document();
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json\b/);
    expect(headers['cache-control']).toMatch(/^public, max-age=[1-9][0-9]*$/);
  });

  it.each([`/.well-known/openid-configuration${path}`, `${path}/.well-known/openid-configuration`])(
    'is the same document at %s (§5, META-01)',
    async (at) => {
      const { status, text } = await ask(`${origin}${at}`);
      expect([status, text]).toEqual([200, (await document()).text]);
    },
  );

  it.each([
    '/.well-known/oauth-authorization-server/demo',
    '/.well-known/oauth-authorization-server/',
    '/.well-known/oauth-protected-resource/nothing',
    '/.well-known/jwks.json',
    '/.well-known/nothing',
  ])('is not guessed at %s: 404, and no page (META-02)', async (at) => {
    expect(await ask(`${issuer}${at}`)).toBeRefused(404, 'invalid_request');
  });

  it('names the issuer byte for byte, without query, fragment or trailing slash (§2, §3.3, META-03)', async () => {
    const { body } = await document();
    expect(body.issuer).toBe(issuer);
    expect(body.issuer).toMatch(/^https:\/\/[^?#]*[^/?#]$|^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]+)?(?:\/[^?#]*[^/?#])?$/);
  });

  it.each(['x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-original-host'])('takes nothing from %s (WIRE-16)', async (name) => {
    const headers = { [name]: name === 'forwarded' ? 'host=evil.example;proto=https' : 'evil.example' };
    expect((await document({ headers })).text).toBe((await document()).text);
  });

  it.each([
    ['token_endpoint', '/token', 405],
    ['registration_endpoint', '/register', 405],
    ['revocation_endpoint', '/revoke', 405],
    ['jwks_uri', '/jwks', 200],
    ['introspection_endpoint', '/introspect', 405],
    ['authorization_endpoint', '/authorize', 400],
    ['pushed_authorization_request_endpoint', '/par', 405],
  ])('names %s if there is one, and only then (§2, META-04)', async (member, below, status) => {
    const { body } = await document();
    const answered = (await ask(`${issuer}${below}`)).status;
    expect([body[member], answered]).toEqual(answered === 404 ? [undefined, 404] : [`${issuer}${below}`, status]);
  });

  it.each([
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'authorization_code',
    'refresh_token',
    'password',
    'implicit',
  ])('names the grant %s if the token endpoint knows it, and only then (§2, META-04)', async (grantType) => {
    const { body } = await document();
    const answer = await ask(`${issuer}/token`, () => postForm({ grant_type: grantType }));
    expect(body.grant_types_supported.includes(grantType)).toBe(answer.body.error !== 'unsupported_grant_type');
  });

  it('always says how clients authenticate, with asymmetric algorithms only (§2, META-04, JOSE-03)', async () => {
    const { body } = await document();
    for (const endpoint of ['token', 'revocation']) {
      expect(body[`${endpoint}_endpoint_auth_methods_supported`]).toEqual(
        expect.arrayContaining(['private_key_jwt', 'client_secret_basic']),
      );
      expect(body[`${endpoint}_endpoint_auth_methods_supported`]).not.toContain('client_secret_jwt');
    }
    const lists = Object.keys(body).filter(
      (name) => name.endsWith('_alg_values_supported') || name.endsWith('_signing_alg_values_supported'),
    );
    expect(lists.length).toBeGreaterThanOrEqual(3);
    for (const name of lists) expect(body[name]).toEqual(['ES256', 'PS256', 'Ed25519', 'EdDSA']);
  });

  it('names scopes and resources of the registry, each resource with a document of its own (RFC 9728 §4)', async () => {
    const { body } = await document();
    expect(body.scopes_supported).toEqual(expect.arrayContaining(['demo:read', 'demo:write']));
    expect(body.protected_resources).toEqual(expect.arrayContaining([`${issuer}/demo`, `${issuer}/admin`]));
  });
});

import { describe, expect, it } from 'vitest';
import { ask } from './spec-kit/http.js';
import { issuer } from './spec-kit/target.js';

const { origin, pathname } = new URL(issuer);
const base = pathname.replace(/\/$/, '');

describe('protected resource metadata (RFC 9728)', () => {
  it.each([
    ['demo', ['demo:read', 'demo:write']],
    ['admin', ['chancery:audit', 'chancery:policy', 'chancery:registry', 'chancery:revoke']],
  ])('of %s says where tokens come from and how they are sent (§2, §3.2, §3.3, PRM-01, PRM-02)', async (name, scopes) => {
    const { status, headers, body } = await ask(`${origin}/.well-known/oauth-protected-resource${base}/${name}`);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json\b/);
    expect(headers).toMatchObject({ 'cache-control': expect.stringMatching(/^public, max-age=[1-9]/), 'access-control-allow-origin': '*' });
    expect(body).toMatchObject({
      resource: `${issuer}/${name}`,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      resource_name: expect.any(String),
      dpop_signing_alg_values_supported: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
    });
    expect(body.scopes_supported.toSorted()).toEqual(scopes);
  });

  it('is where the challenge says (§5.1, GW-08)', async () => {
    for (const path of ['/demo/notes', '/admin/v1/agents']) {
      const { headers } = await ask(`${issuer}${path}`);
      const [, url = ''] = /resource_metadata="([^"]+)"/.exec(headers['www-authenticate'] ?? '') ?? [];
      expect((await ask(url)).body.authorization_servers).toEqual([issuer]);
    }
  });

  it.each(['/nothing', '/demo/notes', ''])('is not guessed for %j: 404 (§3.1, PRM-01, META-02)', async (path) => {
    expect(await ask(`${origin}/.well-known/oauth-protected-resource${base}${path}`)).toBeRefused(404, 'invalid_request');
  });

  it('is only read (§3.1)', async () => {
    const answer = await ask(`${origin}/.well-known/oauth-protected-resource${base}/demo`, () => ({ method: 'POST' }));
    expect(answer).toBeRefused(405, 'invalid_request');
  });
});

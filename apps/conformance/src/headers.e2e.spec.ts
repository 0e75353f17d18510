import { describe, expect, it } from 'vitest';
import { ask, postForm } from './spec-kit/http.js';
import { issuer } from './spec-kit/target.js';

const preflight = (path: string, method: string) =>
  ask(`${issuer}${path}`, () => ({
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,dpop',
    },
  }));

const open: [path: string, method: string][] = [
  ['/token', 'POST'],
  ['/register', 'POST'],
  ['/revoke', 'POST'],
  ['/jwks', 'GET'],
  ['/.well-known/oauth-authorization-server', 'GET'],
  ['/.well-known/openid-configuration', 'GET'],
  ['/.well-known/oauth-protected-resource/demo', 'GET'],
];

describe('scripts of other origins (OAuth 2.1 §3.2, RFC 9449 §8)', () => {
  it.each(open)('may call %s with %s, without credentials (WIRE-14)', async (path, method) => {
    const { status, headers } = await preflight(path, method);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-methods': method });
    const allowed = headers['access-control-allow-headers']?.toLowerCase().split(/, */);
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'dpop', 'mcp-protocol-version']));
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(open)('may read what %s answers to %s, refusals and challenges too (WIRE-14)', async (path, method) => {
    const { headers } = await ask(`${issuer}${path}`, () => ({ method, headers: { origin: 'https://app.example' } }));
    expect(headers['access-control-allow-origin']).toBe('*');
    const exposed = headers['access-control-expose-headers']?.toLowerCase().split(/, */);
    expect(exposed).toEqual(expect.arrayContaining(['dpop-nonce', 'www-authenticate', 'retry-after']));
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['/admin/v1/agents', '/admin/v1/log', '/revocations/feed', '/authorize', '/introspect'])(
    'may not call %s (OAuth 2.1 §3.1, WIRE-14)',
    async (path) => {
      for (const answer of [
        await preflight(path, 'GET'),
        await ask(`${issuer}${path}`, () => ({ headers: { origin: 'https://app.example' } })),
      ]) {
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    },
  );
});

describe('every answer', () => {
  it.each(['/token', '/revoke', '/register', '/demo/notes', '/admin/v1/agents', '/revocations/feed', '/jwks', '/nowhere', '/health/ready'])(
    'of %s is no page: it frames nothing, runs nothing, sniffs nothing and refers to nobody',
    async (path) => {
      const { headers } = await ask(`${issuer}${path}`);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-request-id']).toMatch(/^[\w-]{10,64}$/);
      expect(headers).not.toHaveProperty('set-cookie');
    },
  );

  it.each(['/token', '/revoke', '/register'])('of %s is never cached, a refusal neither (RFC 9111 §5.2, WIRE-13)', async (path) => {
    for (const init of [{}, postForm(''), postForm('a=b', { 'content-type': 'application/json' })]) {
      const { status, headers } = await ask(`${issuer}${path}`, () => init);
      expect([status >= 400, headers['cache-control']]).toEqual([true, 'no-store']);
    }
  });

  it('names its software nowhere', async () => {
    const { headers } = await ask(`${issuer}/token`);
    expect(Object.keys(headers).filter((name) => ['server', 'x-powered-by', 'via'].includes(name))).toEqual([]);
  });
});

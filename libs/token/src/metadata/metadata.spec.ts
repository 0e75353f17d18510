import { routes } from '@chancery/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes, issuer, openWorld, type World } from '../spec-kit/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld({});
});
afterAll(() => world.close());

const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];
const read = async (path: string) => {
  const { status, headers, text } = await world.send('GET', path);
  return { status, headers, body: JSON.parse(text) as Record<string, unknown> };
};

describe('what anybody may know of the server', () => {
  it('is one document at every path clients try, cached for five minutes (META-01, META-02)', async () => {
    const [one, other] = await Promise.all(paths.map(read));
    expect([one?.status, one?.headers['cache-control']]).toEqual([200, 'public, max-age=300']);
    expect(one?.headers['content-type']).toMatch(/^application\/json/);
    expect(other?.body).toEqual(one?.body);
  });

  it('names endpoints that the door has, all it has for clients, and grants that are served (META-04)', async () => {
    const { body } = await read(paths[0] ?? '');
    const named = Object.entries(body).flatMap(([member, value]) => (/_endpoint$|^jwks_uri$/.test(member) ? [String(value)] : []));
    const served = routes.map(({ path }) => path).filter((path) => !path.includes('.well-known') && !path.endsWith('/**'));
    // The feed is for gateways alone.
    expect(named.toSorted()).toEqual(
      served
        .filter((path) => path !== '/revocations/feed')
        .map((path) => issuer + path)
        .toSorted(),
    );
    expect(body).toMatchObject({ issuer, grant_types_supported: grantTypes });
  });

  it('names the resources and scopes that are registered', async () => {
    expect((await read(paths[0] ?? '')).body).toMatchObject({
      protected_resources: [`${issuer}/demo`, `${issuer}/mail`],
      scopes_supported: ['demo:read', 'demo:write', 'mail:read'],
    });
  });

  it('is its keys too: public members alone, under their own media type (META-05)', async () => {
    const { status, headers, body } = await read('/jwks');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      expect.stringMatching(/^application\/jwk-set\+json/),
      'public, max-age=300',
    ]);
    expect(body).toEqual({ keys: [{ ...world.signer.publicJwk, kid: world.signer.thumbprint, use: 'sig', alg: 'ES256' }] });
  });
});

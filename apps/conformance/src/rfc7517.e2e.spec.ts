import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { tokenOf } from './spec-kit/clients.js';
import { ask } from './spec-kit/http.js';
import { issuer } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const set = () => ask(`${issuer}/jwks`);

describe('the key set (RFC 7517)', () => {
  it('is a JWK set that anybody may cache (§8.5.2, META-05)', async () => {
    const { status, headers } = await set();
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json\b/);
    expect(headers['cache-control']).toMatch(/^public, max-age=[1-9][0-9]*$/);
  });

  it('has nothing but public members, and each key its thumbprint, use and algorithm (§4, RFC 7638, META-05)', async () => {
    const { keys } = (await set()).body as { keys: JWK[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const members = key.kty === 'EC' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'crv', 'x'];
      expect(Object.keys(key).toSorted()).toEqual([...members, 'kid', 'use', 'alg'].toSorted());
      expect(key.kid).toBe(await calculateJwkThumbprint(key));
      expect(key.use).toBe('sig');
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  it('has algorithms by their fully-specified names (RFC 9864, META-07)', async () => {
    for (const key of (await set()).body.keys as JWK[]) expect(key.alg).toBe(key.kty === 'EC' ? 'ES256' : 'Ed25519');
  });

  it('has the key that signs, and the next one, which must be known before it does (META-06)', async () => {
    const { keys } = (await set()).body as { keys: JWK[] };
    const { kid } = decodeProtectedHeader(await tokenOf(agent));
    expect(keys.map((key) => key.kid)).toContain(kid);
    expect(keys.length).toBeGreaterThanOrEqual(2);
  });
});

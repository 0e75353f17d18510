import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { signCompact } from '../jose/sign-compact.js';
import { refusalOf } from '../spec-kit/refused.js';
import { authorizationServerMetadata, authorizationServerMetadataPaths } from './authorization-server.js';
import { parseIssuer } from './issuer.js';
import { jwksDocument } from './jwks.js';
import { protectedResourceMetadata, protectedResourceMetadataPath, protectedResourceMetadataUrl } from './protected-resource.js';

const issuer = 'https://id.example';
const algs = ['ES256', 'PS256', 'Ed25519', 'EdDSA'];

describe('an issuer', () => {
  it.each([issuer, 'https://id.example:8443/tenant', 'http://127.0.0.1:4400', 'http://[::1]:4400', 'http://localhost'])(
    'may be %s',
    (value) => {
      expect(parseIssuer(value)).toBe(value);
    },
  );

  it.each([
    ['', 'an absolute http(s) URL'],
    ['id.example', 'an absolute http(s) URL'],
    ['https://user@id.example', 'an absolute http(s) URL'],
    ['http://id.example', 'https, except on loopback'],
    ['http://127.0.0.1.evil.example', 'https, except on loopback'],
    ['https://id.example/', 'not end with a slash'],
    ['https://id.example/a/', 'not end with a slash'],
    ['https://id.example?x', 'no query and no fragment'],
    ['https://id.example#x', 'no query and no fragment'],
    ['https://ID.example', 'lower case'],
    ['https://id.example:443', 'default port'],
  ])('stops the start as %j: must be %s (META-03, WIRE-15)', (value, message) => {
    expect(() => parseIssuer(value)).toThrow(message);
  });
});

describe('authorization server metadata', () => {
  it('names what answers and nothing else (META-04)', () => {
    const document = authorizationServerMetadata({
      issuer,
      endpoints: ['register', 'revoke'],
      grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      authMethods: ['private_key_jwt', 'client_secret_basic'],
      scopes: ['demo:read'],
      protectedResources: ['https://id.example/demo'],
    });
    expect(document).toEqual({
      issuer,
      token_endpoint: 'https://id.example/token',
      jwks_uri: 'https://id.example/jwks',
      registration_endpoint: 'https://id.example/register',
      revocation_endpoint: 'https://id.example/revoke',
      response_types_supported: [],
      grant_types_supported: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      token_endpoint_auth_signing_alg_values_supported: algs,
      revocation_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      revocation_endpoint_auth_signing_alg_values_supported: algs,
      dpop_signing_alg_values_supported: algs,
      scopes_supported: ['demo:read'],
      protected_resources: ['https://id.example/demo'],
    });
  });

  it('is smaller where less is on', () => {
    const document = authorizationServerMetadata({
      issuer,
      endpoints: [],
      grantTypes: [],
      authMethods: ['client_secret_basic'],
      dpop: false,
    });
    expect(Object.keys(document)).toEqual([
      'issuer',
      'token_endpoint',
      'jwks_uri',
      'response_types_supported',
      'grant_types_supported',
      'token_endpoint_auth_methods_supported',
    ]);
  });

  it('is one document under every path clients try (META-01)', () => {
    expect(authorizationServerMetadataPaths(issuer)).toEqual([
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
    ]);
    expect(authorizationServerMetadataPaths('https://id.example/t1')).toEqual([
      '/.well-known/oauth-authorization-server/t1',
      '/.well-known/openid-configuration/t1',
      '/t1/.well-known/openid-configuration',
    ]);
  });
});

describe('resource metadata', () => {
  const options = { resource: 'https://id.example/demo', issuer, scopes: ['demo:read', 'offline_access'], bearer: false };

  it('names resource, issuer and how tokens are sent (PRM-02)', () => {
    expect(protectedResourceMetadata({ ...options, name: 'Notes' })).toEqual({
      resource: 'https://id.example/demo',
      authorization_servers: [issuer],
      scopes_supported: ['demo:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      dpop_signing_alg_values_supported: algs,
      dpop_bound_access_tokens_required: true,
    });
  });

  it('does not say DPoP is required where bearer tokens are taken', () => {
    expect(protectedResourceMetadata({ ...options, bearer: true })).not.toHaveProperty('dpop_bound_access_tokens_required');
  });

  it('lies between host and path (PRM-01, RFC 9728 §3.1)', () => {
    expect(protectedResourceMetadataPath('https://id.example/demo')).toBe('/.well-known/oauth-protected-resource/demo');
    expect(protectedResourceMetadataPath('https://id.example/')).toBe('/.well-known/oauth-protected-resource');
    expect(protectedResourceMetadataUrl('http://127.0.0.1:4400/demo')).toBe(
      'http://127.0.0.1:4400/.well-known/oauth-protected-resource/demo',
    );
  });
});

describe('an identifier that is no URL', () => {
  it('has no well-known path', () => {
    expect(() => protectedResourceMetadataPath('urn:example:api')).toThrow('must be an absolute http(s) URL');
  });
});

describe('the key set', () => {
  it('has public keys with kid, use and alg, and nothing else (META-05)', () => {
    const ec = generateKey();
    const ed = generateKey('Ed25519');
    expect(jwksDocument([{ ...ec.publicJwk, note: 'internal' }, ed.publicJwk])).toEqual({
      keys: [
        { ...ec.publicJwk, kid: ec.thumbprint, use: 'sig', alg: 'ES256' },
        { ...ed.publicJwk, kid: ed.thumbprint, use: 'sig', alg: 'Ed25519' },
      ],
    });
  });

  it('is refused rather than published with a private member', () => {
    expect(refusalOf(() => jwksDocument([generateKey().privateKey.export({ format: 'jwk' })])).refusal).toBe('key_unacceptable');
  });

  it('is what jose verifies with', async () => {
    const key = generateKey();
    const token = signCompact({ typ: 'at+jwt', alg: 'ES256', kid: key.thumbprint }, { sub: 'a' }, key.privateKey);
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwksDocument([generateKey().publicJwk, key.publicJwk])));
    expect(payload.sub).toBe('a');
  });
});

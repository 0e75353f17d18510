import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { certificateFor, temporaryFolder } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askToken, assertionOf, metadataOf, mintIat, narrow, register } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const folder = temporaryFolder();
const { key, cert } = certificateFor('127.0.0.2');
const roots = join(folder.path, 'roots.pem');
writeFileSync(roots, cert);

/** Where an agent keeps its keys: at an address that is allowed here, under a certificate the process was told to trust. */
const agentKey = generateKey();
const published: { keys: readonly ClientKey[]; asked: number } = { keys: [agentKey], asked: 0 };
const server = createServer({ key, cert }, (_req, res) => {
  published.asked += 1;
  res
    .writeHead(200, { 'content-type': 'application/jwk-set+json' })
    .end(JSON.stringify({ keys: published.keys.map((each) => each.publicJwk) }));
});
const jwksUri = () => `https://127.0.0.2:${(server.address() as AddressInfo).port}/jwks`;
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.2', resolve);
  });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  folder.remove();
});

const life = aLife({ CHANCERY_FETCH_ALLOW: '127.0.0.2/32', NODE_EXTRA_CA_CERTS: roots });

describe('an agent whose keys are at its jwks_uri', () => {
  it('is registered with the address, and gets tokens by its key (DCR-08, CLA-12)', async () => {
    const { token } = await mintIat(life.operator);
    const { result, events } = await life.behind.during(() =>
      register(life.issuer, token, metadataOf(agentKey, { jwks: undefined, jwks_uri: jwksUri() })),
    );
    expect(result).toMatchObject({ status: 201, body: { jwks_uri: jwksUri(), token_endpoint_auth_method: 'private_key_jwt' } });
    expect(events.map(({ type, data }) => [type, data.jwksUri, data.jwks])).toEqual([['agent.registered', jwksUri(), undefined]]);

    const client = { clientId: result.body.client_id as string, key: agentKey, issuer: life.issuer };
    const issued = await askToken(client);
    expect(issued.status).toBe(200);
    expect((await narrow(client, issued.body.access_token, { form: { scope: 'demo:read' } })).status).toBe(200);
    const stranger = await life.behind.during(() => askToken({ ...client, key: generateKey() }));
    expect(stranger.result).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(stranger.events).toEqual([]);
    const given = {
      token: issued.body.access_token as string,
      client_assertion: assertionOf(client),
      client_assertion_type: assertionType,
    };
    const revoked = await life.behind.during(() => fetch(`${life.issuer}/revoke`, { method: 'POST', body: new URLSearchParams(given) }));
    expect([revoked.result.status, revoked.events.map(({ type }) => type)]).toEqual([200, ['grant.revoked']]);
    // Token and exchange service look there once for all of it.
    expect(published.asked).toBe(1);
  });

  it('is refused an address inside, and no use of its token is spent (S-021)', async () => {
    const { token } = await mintIat(life.operator);
    for (const uri of ['https://127.0.0.1/jwks', 'https://169.254.169.254/jwks', 'https://localhost/jwks', 'http://127.0.0.2/jwks']) {
      const { result, events } = await life.behind.during(() =>
        register(life.issuer, token, metadataOf(agentKey, { jwks: undefined, jwks_uri: uri })),
      );
      expect([result.status, result.body.error, events]).toEqual([400, 'invalid_client_metadata', []]);
    }
    expect((await register(life.issuer, token, metadataOf(agentKey))).status).toBe(201);
  });

  it('whose address leads nowhere is nobody: 401 like any other (S-021, S-026)', async () => {
    const { token } = await mintIat(life.operator);
    const { body } = await register(life.issuer, token, metadataOf(agentKey, { jwks: undefined, jwks_uri: 'https://127.0.0.2:9/jwks' }));
    const unreached = await life.behind.during(() => askToken({ clientId: body.client_id as string, key: agentKey, issuer: life.issuer }));
    const nobody = await askToken({ clientId: 'ag_nobody', key: agentKey, issuer: life.issuer });
    expect([unreached.result.status, unreached.result.body, unreached.events]).toEqual([401, nobody.body, []]);
  });
});

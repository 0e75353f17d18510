import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { generateKey } from '@chancery/oauth/client';
import { builtScript, type Contestant, startContestant } from './contestant.js';
import type { Client } from './operator.js';
import type { Asked, Flow } from './token-requests.js';
import type { World } from './world.js';

/** What the peer's process is told. */
export interface PeerTask extends Asked {
  readonly clients: readonly object[];
  readonly jwks: { readonly keys: readonly object[] };
}

/** oidc-provider in memory, with clients of its own. */
export interface Peer extends Contestant, Asked {
  clientsOf(flow: Flow): readonly Client[];
}

const script = builtScript('servers/oidc-provider.js');

/** Starts it with so many clients of each method. */
export async function startPeer(world: World, count: number): Promise<Peer> {
  const port = await freePort();
  const clients = { client_secret_basic: makeClients('s', count), private_key_jwt: makeClients('k', count) };
  const asked: Asked = { issuer: `http://127.0.0.1:${port}`, port, resource: 'https://api.example/demo', scope: 'demo:read' };
  const task: PeerTask = {
    ...asked,
    clients: [...clients.client_secret_basic.map(withSecret), ...clients.private_key_jwt.map(withKey)],
    jwks: { keys: [signingKey('ec', 'ES256'), signingKey('rsa', 'RS256')] },
  };
  const file = join(world.folder, `peer-${port}.json`);
  writeFileSync(file, JSON.stringify(task));
  const contestant = await startContestant({
    name: 'oidc-provider',
    script,
    args: [file],
    core: world.cores.server,
    ready: /^ready$/m,
    folder: world.folder,
  });
  return world.keep({ ...contestant, ...asked, clientsOf: ({ method }: Flow) => clients[method] });
}

const makeClients = (prefix: string, count: number): readonly Client[] =>
  Array.from({ length: count }, (_, nth) => ({
    clientId: `${prefix}${nth}`,
    secret: randomBytes(32).toString('base64url'),
    key: generateKey(),
  }));

const common = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

const withSecret = ({ clientId, secret }: Client): object => ({
  ...common,
  client_id: clientId,
  client_secret: secret,
  token_endpoint_auth_method: 'client_secret_basic',
});

const withKey = ({ clientId, key }: Client): object => ({
  ...common,
  client_id: clientId,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [{ ...key.publicJwk, kid: key.thumbprint, use: 'sig', alg: 'ES256' }] },
});

// It will not start without an RS256 key, which nothing here is signed with.
const signingKey = (kind: 'ec' | 'rsa', alg: string): object => {
  const { privateKey } =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' };
};

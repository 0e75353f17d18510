import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import {
  createService,
  type KeyRing,
  openGuardedFetch,
  openRemoteKeys,
  type PublicKey,
  type Refusal,
  sha256base64url,
  silentLog,
} from '@chancery/platform';
import type { FanOut } from '../revocations/fan-out.js';
import { TokenModule } from '../token.module.js';

export const issuer = 'https://id.example';
export const now = 1_790_000_000;
export const secret = 's'.repeat(43);
export const grantTypes = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The token service with a store of its own, over a real socket. */
export interface World {
  readonly store: EventStore;
  readonly refused: Refusal[];
  readonly signer: ClientKey;
  /** Every header as it is said, repeats included: name and value in turns. */
  send(method: string, path: string, headers?: readonly string[], body?: string): Promise<Answer>;
  post(path: string, form: Readonly<Record<string, string>> | string, headers?: readonly string[]): Promise<Answer>;
  close(): Promise<void>;
}

const resource = (name: string, scope: string[]): ChanceryEvent => ({
  type: 'config.resource-defined',
  resource: `${issuer}/${name}`,
  name,
  scope,
  by: 'system',
});

const iatClass = (name: string, dpopRequired: boolean): ChanceryEvent => ({
  type: 'config.class-defined',
  class: name,
  profile: 'ai_agent',
  scope: ['demo:read', 'demo:write', 'mail:read'],
  audiences: [`${issuer}/demo`, `${issuer}/mail`],
  grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  authMethods: ['client_secret_basic'],
  dpopRequired,
  accessTokenLifetime: 600,
  lease: 86_400,
  maxUses: 1,
  maxIatLifetime: 3_600,
  by: 'system',
});

/** What an agent of a spec was registered with. */
export interface Registration {
  readonly class: 'bound' | 'bearer';
  readonly audiences?: readonly string[];
  readonly grantTypes?: readonly ('client_credentials' | 'urn:ietf:params:oauth:grant-type:token-exchange')[];
  /** It authenticates with this key; with the secret, where there is none. */
  readonly key?: ClientKey;
  /** The IAT it came from, which is open. */
  readonly iatId?: string;
}

const registered = (agentId: string, of: Registration) => {
  const { class: name, audiences = ['demo'], grantTypes: granted = ['client_credentials'], key, iatId } = of;
  return {
    type: 'agent.registered',
    agentId,
    class: name,
    profile: 'ai_agent',
    ...(key
      ? { authMethod: 'private_key_jwt', jwks: [key.publicJwk] }
      : { authMethod: 'client_secret_basic', secretHash: sha256base64url(secret) }),
    ...(iatId !== undefined && { iatId }),
    grantTypes: [...granted],
    scope: ['demo:read', 'demo:write', 'mail:read'],
    audiences: audiences.map((audience) => `${issuer}/${audience}`),
    dpopBound: name === 'bound',
    leaseEndsAt: now + 86_400,
    by: 'system',
  } as const satisfies ChanceryEvent;
};

const minted = (iatId: string): ChanceryEvent => ({
  type: 'iat.minted',
  iatId,
  class: 'bearer',
  uses: 1,
  expiresAt: now + 3_600,
  tokenHash: sha256base64url('never shown'),
  by: 'system',
});

export const basic = (clientId: string, password = secret): string => `Basic ${Buffer.from(`${clientId}:${password}`).toString('base64')}`;

/** @param change what its store does otherwise */
export async function openWorld(
  agents: Readonly<Record<string, Registration>>,
  change: (store: EventStore) => EventStore = (store) => store,
): Promise<World> {
  const memory = openMemoryStore({ now: () => now * 1_000_000 });
  const settings = [
    resource('demo', ['demo:read', 'demo:write']),
    resource('mail', ['mail:read']),
    iatClass('bound', true),
    iatClass('bearer', false),
  ];
  await memory.append({
    streams: [
      { stream: streamName('config', 'main'), expected: 0, events: settings },
      ...Object.values(agents).flatMap(({ iatId }) =>
        iatId === undefined ? [] : [{ stream: streamName('iat', iatId), expected: 0, events: [minted(iatId)] }],
      ),
      ...Object.entries(agents).map(([id, of]) => ({ stream: streamName('agent', id), expected: 0, events: [registered(id, of)] })),
    ],
  });
  const store = change(memory);
  const signer = generateKey();
  const refused: Refusal[] = [];
  const refusals = {
    record: (refusal: Refusal) => void refused.push(refusal),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const module = TokenModule.with({
    store,
    keys: ringOf(signer),
    issuer,
    fanOut: {} as FanOut, // none of these specs asks the feed
    operators: { service: 'token', keys: () => undefined, now: () => now },
    refusals,
    remoteKeys: openRemoteKeys({ fetch: openGuardedFetch() }),
    grantTypes,
  });
  const service = await createService({ name: 'token', module, log: silentLog, refusals });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send: World['send'] = (method, path, headers = [], body) => ask({ port, method, path, headers, body });
  return {
    store,
    refused,
    signer,
    send,
    post: (path, form, headers = []) =>
      send(
        'POST',
        path,
        ['content-type', 'application/x-www-form-urlencoded', ...headers],
        typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      ),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
    },
  };
}

/** One key that signs and is published; none is ever changed. */
function ringOf({ privateKey, publicJwk, thumbprint: kid }: ClientKey): KeyRing {
  const published: PublicKey = { kid, alg: 'ES256', key: createPublicKey(privateKey), jwk: publicJwk };
  const unchanged = () => Promise.reject(new Error('no spec changes keys'));
  return {
    active: () => ({ kid, alg: 'ES256', privateKey }),
    published: () => [published],
    find: (purpose, wanted) => (purpose === 'access-token' && wanted === kid ? published : undefined),
    refresh: () => Promise.resolve(),
    rotate: unchanged,
    revoke: unchanged,
    close: () => undefined,
  };
}

interface Asked {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string | undefined;
}

const ask = ({ port, method, path, headers, body }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const framing = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))];
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path, headers: ['host', 'id.example', ...headers, ...framing] },
      (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        res.once('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text })).once('error', reject);
      },
    );
    request.once('error', reject).end(body);
  });

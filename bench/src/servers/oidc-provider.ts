// The peer: oidc-provider with a plain Map behind it. Nothing it answers is durable, and for a JWT of client credentials it stores nothing at all.
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';
import type { PeerTask } from '../peer.js';

const { issuer, port, resource, scope, clients, jwks } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PeerTask;

const lifetime = 600;

/** @see https://github.com/panva/node-oidc-provider/tree/main/docs#adapter */
class MapAdapter {
  static readonly store = new Map<string, { consumed?: number }>();

  constructor(private readonly kind: string) {}

  async upsert(id: string, payload: object): Promise<void> {
    MapAdapter.store.set(`${this.kind}:${id}`, payload);
  }

  async find(id: string): Promise<object | undefined> {
    return MapAdapter.store.get(`${this.kind}:${id}`);
  }

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}

  async consume(id: string): Promise<void> {
    const found = MapAdapter.store.get(`${this.kind}:${id}`);
    if (found) found.consumed = Math.floor(Date.now() / 1_000);
  }

  async destroy(id: string): Promise<void> {
    MapAdapter.store.delete(`${this.kind}:${id}`);
  }

  async revokeByGrantId(): Promise<void> {}
}

const provider = new Provider(issuer, {
  adapter: MapAdapter,
  clients,
  jwks,
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  scopes: ['openid'],
  cookies: { keys: ['unused'] },
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({
        scope,
        audience: resource,
        accessTokenTTL: lifetime,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  ttl: { ClientCredentials: lifetime },
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.log('ready'));

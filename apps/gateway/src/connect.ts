import { type GatewayOptions, httpFeed, httpJwks, httpProofs } from '@chancery/gateway';
import { callerHeader, callerHeaderName, type RemoteService } from '@chancery/platform';
import { type GatewayConfig, remoteService, replicaFetch } from '@chancery/platform/composed';

export interface Connections {
  readonly services: Readonly<Record<keyof GatewayConfig['services'], RemoteService>>;
  /** What the gateway itself asks of the token service. */
  readonly toToken: Pick<GatewayOptions, 'fetchKeys' | 'feed' | 'reserveProof' | 'serviceKey'>;
  /** What the token service says of itself. */
  readonly metadata: () => Promise<unknown>;
}

/** The ways to the other services. `now` is NaN until the database's clock was heard of. */
export function connect({ services, secrets }: GatewayConfig, now: () => number): Connections {
  const key = secrets.signingKey('service.jwk');
  const remote = (to: keyof typeof services): RemoteService => remoteService({ to, replicas: services[to], key, now });
  const fetch = replicaFetch(services.token);
  // Dated by this machine's own clock until the first answer brings the other one: without a date there would be no first answer (ADR 0018).
  const says = (method: string, path: string) => {
    const known = Number.isFinite(now()) ? now() : Date.now() / 1_000;
    return { [callerHeaderName]: callerHeader({ from: 'gateway', to: 'token', key, method, path, now: known }) };
  };
  const feed = '/revocations/feed';
  const metadata = '/.well-known/oauth-authorization-server';
  return {
    services: { registration: remote('registration'), token: remote('token'), exchange: remote('exchange'), audit: remote('audit') },
    toToken: {
      fetchKeys: httpJwks({ url: 'http://token/jwks', headers: () => says('GET', '/jwks'), fetch }),
      feed: httpFeed({ url: `http://token${feed}`, headers: () => says('GET', feed), fetch }),
      reserveProof: httpProofs({ url: 'http://token/proofs', headers: () => says('POST', '/proofs'), fetch }),
      serviceKey: () => key,
    },
    // Read as the key set is: one address, bounded in time and size.
    metadata: httpJwks({ url: `http://token${metadata}`, headers: () => says('GET', metadata), fetch }),
  };
}

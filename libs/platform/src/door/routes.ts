import type { ServiceName } from '../keys/key-ring.js';

/** One line of the door's table. */
export interface Route {
  /** A path, or with `/**` at its end all below it. */
  readonly path: string;
  readonly to: ServiceName;
  /** For `/token`: who serves a grant type, where it is not `to`. */
  readonly byGrantType?: Readonly<Record<string, ServiceName>>;
  /** Scripts of any origin may call this with this method, without credentials (WIRE-14). Absent: none may. */
  readonly anyOrigin?: 'GET' | 'POST';
}

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What `/token` serves, by whichever service, for the metadata. */
export const grantTypes: readonly string[] = ['client_credentials', tokenExchange];

/** The public surface, whole (design §11). What is not here is answered 404 by the door. */
export const routes: readonly Route[] = [
  { path: '/register', to: 'registration', anyOrigin: 'POST' },
  { path: '/register/**', to: 'registration' },
  {
    path: '/token',
    to: 'token',
    byGrantType: { [tokenExchange]: 'exchange' },
    anyOrigin: 'POST',
  },
  { path: '/revoke', to: 'token', anyOrigin: 'POST' },
  { path: '/jwks', to: 'token', anyOrigin: 'GET' },
  { path: '/.well-known/oauth-authorization-server', to: 'token', anyOrigin: 'GET' },
  { path: '/.well-known/openid-configuration', to: 'token', anyOrigin: 'GET' },
  { path: '/revocations/feed', to: 'token' },
  { path: '/.well-known/oauth-protected-resource/**', to: 'gateway', anyOrigin: 'GET' },
  { path: '/admin/v1/**', to: 'gateway' },
  { path: '/demo/**', to: 'gateway' },
];

/** The route of a path, compared as it was sent: nothing is decoded, so nothing can be decoded twice. */
export const routeOf = (table: readonly Route[], path: string): Route | undefined => table.find((route) => covers(route.path, path));

const covers = (template: string, path: string): boolean =>
  template.endsWith('/**') ? path.startsWith(template.slice(0, -2)) : path === template;

import type { IncomingMessage } from 'node:http';
import { removeHeaders } from '@chancery/platform';

/** Credentials: they were for this gateway, and go no further (GW-16). */
const credentials = new Set(['authorization', 'proxy-authorization', 'dpop', 'cookie', 'txn-token']);

/** What a proxy says about a request; nobody in front of this gateway is one we know (GW-15). */
const said = [
  'forwarded',
  'x-forwarded',
  'x-real-ip',
  'x-original',
  'x-rewrite',
  'client-cert',
  'x-client-cert',
  'ssl-client',
  'chancery-',
];

/** Takes out of a request, in every spelling, what its caller may not say to the API behind. */
export const stripHeaders = (request: IncomingMessage): void =>
  removeHeaders(request, (name) => credentials.has(name) || said.some((prefix) => name.startsWith(prefix)));

import type { IncomingMessage } from 'node:http';
import { limits, parseForm } from '@chancery/oauth';
import { mediaTypeOf } from '../http/media-type.js';
import { readBody } from '../http/read-body.js';
import type { ServiceName } from '../keys/key-ring.js';
import type { Route } from './routes.js';

/** Who serves a request, and its body where it had to be read to know. */
export interface Served {
  readonly by: ServiceName;
  readonly body?: Buffer;
}

/**
 * One path, several services: the grant type decides, read by the parser that the service behind will use (WIRE-08). A form that cannot be read, or
 * names no grant of the table, goes to the route's own service, whose refusal is then the only one there is.
 */
export async function serviceOf(route: Route, req: IncomingMessage): Promise<Served> {
  const { to, byGrantType } = route;
  if (!byGrantType || req.method !== 'POST') return { by: to };
  if (mediaTypeOf(req.headers['content-type']) !== 'application/x-www-form-urlencoded') return { by: to };
  const body = await readBody(req, limits.formBytes, req.headers['content-length']);
  const grantType = grantTypeOf(body);
  return { by: grantType !== undefined && Object.hasOwn(byGrantType, grantType) ? (byGrantType[grantType] ?? to) : to, body };
}

function grantTypeOf(body: Buffer): string | undefined {
  try {
    return parseForm(body).one('grant_type');
  } catch {
    return undefined;
  }
}

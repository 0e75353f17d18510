import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './routes.js';

const allowed = 'Authorization, Content-Type, DPoP, MCP-Protocol-Version, OAuth-Client-Attestation, OAuth-Client-Attestation-PoP';
const exposed = 'DPoP-Nonce, WWW-Authenticate, Retry-After, OAuth-Client-Attestation-Challenge';

/** Says what scripts of other origins may read (WIRE-14), and answers a preflight. Whether it answered. */
export function answerCors({ anyOrigin }: Route, req: IncomingMessage, res: ServerResponse): boolean {
  if (!anyOrigin) return false;
  res.setHeader('access-control-allow-origin', '*');
  res.setHeader('access-control-expose-headers', exposed);
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false;
  res.setHeader('access-control-allow-methods', anyOrigin);
  res.setHeader('access-control-allow-headers', allowed);
  res.setHeader('access-control-max-age', '600');
  res.writeHead(204).end();
  return true;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits, OAuthError, protectedResourceMetadata, protectedResourceMetadataPath } from '@chancery/oauth';
import { type Route, scopesOf } from '../routes/route.js';

/**
 * The RFC 9728 documents of all routes (PRM-01, PRM-02), public and cacheable.
 * @returns whether the path was one of theirs, and so was answered
 */
export function resourceMetadata(
  issuer: string,
  routes: readonly Route[],
): (path: string, req: IncomingMessage, res: ServerResponse) => boolean {
  const documents = new Map(
    routes.map((route) => [protectedResourceMetadataPath(route.resource), JSON.stringify(describe(issuer, route))]),
  );
  return (path, req, res) => {
    const document = documents.get(path);
    if (document === undefined) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') throw methodUnknown();
    res.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${limits.metadataMaxAgeSeconds}`,
      'access-control-allow-origin': '*',
      'content-length': Buffer.byteLength(document),
    });
    res.end(req.method === 'HEAD' ? undefined : document);
    return true;
  };
}

const describe = (issuer: string, route: Route): Record<string, unknown> =>
  protectedResourceMetadata({ resource: route.resource, issuer, scopes: scopesOf(route), name: route.name, bearer: route.bearer });

const methodUnknown = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'method_unknown', status: 405, headers: { allow: 'GET, HEAD' } });

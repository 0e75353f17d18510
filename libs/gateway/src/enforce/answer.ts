import type { ServerResponse } from 'node:http';
import {
  algorithmNames,
  type ChallengedResource,
  OAuthError,
  protectedResourceMetadataUrl,
  renderChallenge,
  type Rendering,
  renderJson,
} from '@chancery/oauth';
import type { Call } from './call.js';
import type { Match } from './match-route.js';

/** A denial as the wire says it (GW-08 to GW-10); before a route was found there is no resource to challenge for. */
export const renderDenial = (error: OAuthError, { match, scheme }: Call): Rendering =>
  match ? renderChallenge(error, challenged(match), scheme) : renderJson(error);

const challenged = ({ route, operation }: Match): ChallengedResource => ({
  resource: route.resource,
  metadataUrl: protectedResourceMetadataUrl(route.resource),
  scopes: operation.scope,
  algs: algorithmNames,
  bearer: route.bearer,
});

/** Whatever went wrong on the way to a decision denies (GW-02), and says nothing about itself. */
export const asDenial = (thrown: unknown): OAuthError =>
  thrown instanceof OAuthError
    ? thrown
    : new OAuthError('temporarily_unavailable', { refusal: 'decision_failed', retryAfter: 1, cause: thrown });

/** Answers, unless an answer has begun or nobody is there any more. */
export function answer(res: ServerResponse, { status, headers, body }: Rendering): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  // A body that was never read must not be taken for the next request.
  if (!res.req.complete) res.setHeader('connection', 'close');
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}

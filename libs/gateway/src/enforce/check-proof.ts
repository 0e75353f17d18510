import type { IncomingMessage } from 'node:http';
import { checkBinding, OAuthError, type VerifiedProof, verifyProof } from '@chancery/oauth';
import { headerField } from '@chancery/platform';
import type { Route } from '../routes/route.js';
import type { VerifiedToken } from './verified-tokens.js';

export interface ProvenCall {
  readonly req: IncomingMessage;
  readonly route: Route;
  readonly method: string;
  /** The configured external URL: issuer and normalised path, never what `Host` says (DPOP-05). */
  readonly url: string;
  readonly scheme: 'DPoP' | 'Bearer';
  /** As it was presented. */
  readonly token: string;
  readonly verified: VerifiedToken;
  /** Seconds, by the database's clock. */
  readonly now: number;
}

/**
 * That who calls holds the key the token is bound to, for this very request (DPOP-01 to DPOP-10). Not whether the proof was used before.
 * @throws OAuthError `invalid_dpop_proof` or `invalid_token`, both 401 here
 */
export function checkProof(call: ProvenCall): VerifiedProof | undefined {
  const { claims } = call.verified;
  if (call.scheme === 'Bearer' && !call.route.bearer) {
    throw new OAuthError('invalid_token', { refusal: 'binding_mismatch', detail: 'bearer is not taken here', scheme: 'Bearer' });
  }
  const header = headerField(call.req, 'dpop');
  const proof = header === undefined ? undefined : verify(header, call);
  checkBinding(claims, call.scheme, proof);
  return proof;
}

const verify = (header: string | readonly string[], { route, method, url, token, verified, now }: ProvenCall): VerifiedProof =>
  verifyProof({
    header,
    method,
    url,
    now,
    window: route.proofWindow,
    accessToken: token,
    ...(verified.claims.cnf && { expectedThumbprint: verified.claims.cnf.jkt }),
  });

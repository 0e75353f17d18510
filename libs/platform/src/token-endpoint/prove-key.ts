import { reservation } from '@chancery/eventstore';
import { OAuthError, serverWindow, verifyProof } from '@chancery/oauth';
import { final } from '../issuing/attempt.js';
import type { VerifiedProof } from './grant.js';

export interface ProveKey {
  /** The `DPoP` field as it came; undefined where there is none. */
  readonly header: string | readonly string[] | undefined;
  readonly method: string;
  /** The endpoint's external URL, from configuration (DPOP-05). */
  readonly url: string;
  /** Seconds since 1970 by the database's clock. */
  readonly now: () => number;
}

/**
 * The key a request proves at one of the server's own endpoints, if it proves one. Looked at when it is first asked for, after the client is
 * authenticated (WIRE-18), and not again when the streams are read again: no stream can change what it is. Then throws OAuthError
 * `invalid_dpop_proof`, or `invalid_request` for a malformed `agent_context`.
 */
export function proveOnce(request: ProveKey): () => VerifiedProof | undefined {
  let known: { readonly proof: VerifiedProof | undefined } | undefined;
  return () => {
    try {
      return (known ??= { proof: proveKey(request) }).proof;
    } catch (error) {
      throw error instanceof OAuthError ? final(error) : error;
    }
  };
}

function proveKey({ header, method, url, now }: ProveKey): VerifiedProof | undefined {
  if (header === undefined) return undefined;
  const { thumbprint, jti, end, agentContext, statedAth } = verifyProof({ header, method, url, now: now(), window: serverWindow });
  return {
    thumbprint,
    jti,
    // Single use per key and jti, whatever the URL (DPOP-07).
    reservation: reservation('dpop', [thumbprint, jti], end),
    ...(statedAth !== undefined && { statedAth }),
    ...(agentContext !== undefined && { agentContext }),
  };
}

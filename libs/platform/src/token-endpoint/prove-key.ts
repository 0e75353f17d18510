import { reservation } from '@chancery/eventstore';
import { serverWindow, verifyProof } from '@chancery/oauth';
import type { VerifiedProof } from './grant.js';

export interface ProveKey {
  /** The `DPoP` field as it came; undefined where there is none. */
  readonly header: string | readonly string[] | undefined;
  readonly method: string;
  /** The endpoint's external URL, from configuration (DPOP-05). */
  readonly url: string;
  /** Seconds since 1970 by the database's clock. */
  readonly now: number;
}

/** The key a request proves at one of the server's own endpoints, if it proves one. Throws OAuthError `invalid_dpop_proof`. */
export function proveKey({ header, method, url, now }: ProveKey): VerifiedProof | undefined {
  if (header === undefined) return undefined;
  const { thumbprint, jti, end, agentContext } = verifyProof({ header, method, url, now, window: serverWindow });
  return {
    thumbprint,
    jti,
    // Single use per key and jti, whatever the URL (DPOP-07).
    reservation: reservation('dpop', [thumbprint, jti], end),
    ...(agentContext !== undefined && { agentContext }),
  };
}

import type { RegisterAgent } from '@chancery/domain';
import type { AppendOutcome } from '@chancery/eventstore';
import { importPublicJwk, OAuthError } from '@chancery/oauth';
import { artefactExpired, final, type VerifiedProof } from '@chancery/platform';

interface Expected {
  /** The keys that are registered. */
  readonly jwks: RegisterAgent['asked']['jwks'] | undefined;
  /** The key that the initial access token is bound to, if it is bound to one. */
  readonly ofToken: string | undefined;
}

/**
 * The proof that came with a registration, if it is by one of the keys that are registered. One by the key of the initial access token says what it has to
 * say there, and by any other key nothing at all.
 * @throws OAuthError `invalid_dpop_proof`
 */
export function provedKey(prove: () => VerifiedProof | undefined, { jwks = [], ofToken }: Expected): VerifiedProof | undefined {
  const proof = prove();
  if (!proof || jwks.some((jwk) => importPublicJwk(jwk).thumbprint === proof.thumbprint)) return proof;
  if (proof.thumbprint === ofToken) return undefined;
  throw new OAuthError('invalid_dpop_proof', { refusal: 'proof_of_another_key', description: 'the proof is by none of the keys in jwks' });
}

/** What to answer when the append did not take the proof. */
export const refuseSpent = ({ outcome }: AppendOutcome): OAuthError =>
  outcome === 'expired' ? artefactExpired() : final(new OAuthError('invalid_dpop_proof', { refusal: 'proof_replayed' }));

import { OAuthError, type VerifiedProof } from '@chancery/oauth';
import type { Route } from '../routes/route.js';
import type { ReplayMemory } from './replay.js';

/** A proof's one use, by what is signed in it. `end` is the last second in which any gateway could take it. */
export type ProofUse = Pick<VerifiedProof, 'thumbprint' | 'jti' | 'end'>;

/** `fresh`: this use was the first one anywhere. `expired`: by the database's clock it is too old, or too far ahead. */
export type Reserved = 'fresh' | 'used' | 'expired';

/** Uses a proof up for all gateways. Rejects when that is not known. */
export type ReserveProof = (proof: ProofUse) => Promise<Reserved>;

export interface UseProofDeps {
  readonly replay: ReplayMemory;
  /** Absent where no route asks for it. */
  readonly reserveProof: ReserveProof | undefined;
}

/**
 * Uses a proof up (DPOP-07): in this gateway's memory, and for a route that asks for it at every other one too.
 * @returns `asked` when others were, and so time went by since the call was judged
 * @throws OAuthError 401 `invalid_dpop_proof` when it was used; 503 when that cannot be known
 */
export async function useProof(proof: VerifiedProof, { replay }: Route, deps: UseProofDeps): Promise<'here' | 'asked'> {
  const everywhere = replay === 'everywhere';
  // Nothing is awaited between the look and the mark; and what comes twice to one gateway costs the store nothing.
  deps.replay.use(proof, everywhere);
  if (!everywhere) return 'here';
  const reserved = await reserve(proof, deps.reserveProof);
  if (reserved === 'used') throw refused('proof_replayed');
  if (reserved === 'expired') throw refused('proof_invalid', 'over by the clock of the store');
  return 'asked';
}

async function reserve({ thumbprint, jti, end }: VerifiedProof, ask: ReserveProof | undefined): Promise<Reserved> {
  try {
    if (ask === undefined) throw new Error('there is nobody to ask');
    return await ask({ thumbprint, jti, end });
  } catch (cause) {
    // It may have been reserved all the same, so it is not tried again: an agent makes a new proof for every request.
    throw new OAuthError('temporarily_unavailable', { refusal: 'proof_unreserved', retryAfter: 1, cause });
  }
}

const refused = (refusal: string, detail?: string): OAuthError =>
  new OAuthError('invalid_dpop_proof', { refusal, scheme: 'DPoP', ...(detail !== undefined && { detail }) });

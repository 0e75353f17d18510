import { hash } from 'node:crypto';
import { OAuthError } from '@chancery/oauth';

/** Seconds that share a bucket of the memory. */
const bucketSeconds = 32;

/** The proofs this gateway has let through, for as long as each could be accepted. */
export interface ReplayMemory {
  /**
   * Uses a proof up. `end` is its last second, made from the signed `iat` alone, so that a proof always looks into the same bucket.
   * @throws OAuthError 401 `invalid_dpop_proof` when it was used, or may have been used before this memory began (ADR 0015); 503 when the
   * memory is full: unknown denies
   * @param elsewhere others know it too, and are asked: then it may be from before this memory began
   */
  use(proof: { thumbprint: string; jti: string; iat: number; end: number }, elsewhere?: boolean): void;
  readonly size: number;
}

export interface ReplayMemoryOptions {
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  /** The first whole second that lies wholly within this memory, by the same clock; NaN while that is unknown. */
  readonly since: () => number;
  /** Proofs remembered at most. */
  readonly max: number;
}

export function replayMemory({ now, since, max }: ReplayMemoryOptions): ReplayMemory {
  const buckets = new Map<number, Set<string>>();
  let size = 0;

  const forgetEnded = (): void => {
    const current = Math.floor(now() / bucketSeconds);
    for (const [bucket, used] of buckets) {
      if (bucket >= current) continue;
      size -= used.size;
      buckets.delete(bucket);
    }
  };

  return {
    use({ thumbprint, jti, iat, end }, elsewhere = false) {
      // Written so that an unknown beginning denies.
      if (!elsewhere && !(iat >= since())) throw new OAuthError('invalid_dpop_proof', { refusal: 'proof_before_start', scheme: 'DPoP' });
      const bucket = Math.floor(end / bucketSeconds);
      const used = buckets.get(bucket) ?? new Set();
      const key = proofKey(thumbprint, jti);
      if (used.has(key)) throw new OAuthError('invalid_dpop_proof', { refusal: 'proof_replayed', scheme: 'DPoP' });
      if (!buckets.has(bucket) || size >= max) forgetEnded();
      if (size >= max) throw new OAuthError('temporarily_unavailable', { refusal: 'replay_memory_full', retryAfter: bucketSeconds });
      buckets.set(bucket, used.add(key));
      size += 1;
    },
    get size() {
      return size;
    },
  };
}

// A thumbprint has a fixed length, so the two parts have one reading. One byte a character: a million proofs stay below 100 MB.
const proofKey = (thumbprint: string, jti: string): string => hash('sha256', `main ${thumbprint} ${jti}`, 'binary');

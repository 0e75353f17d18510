import { hash } from 'node:crypto';
import { OAuthError } from '@chancery/oauth';

/** Seconds that share a bucket of the memory. */
const bucketSeconds = 32;

/** The proofs this gateway has let through, for as long as each could be accepted. */
export interface ReplayMemory {
  /**
   * Uses a proof up. `end` is its last second, made from the signed `iat` alone, so that a proof always looks into the same bucket.
   * @throws OAuthError 401 `invalid_dpop_proof` when it was used, 503 when the memory is full: unknown denies
   */
  use(proof: { thumbprint: string; jti: string; end: number }): void;
  readonly size: number;
}

/** @param options.now seconds; @param options.max proofs remembered at most */
export function replayMemory({ now, max }: { now: () => number; max: number }): ReplayMemory {
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
    use({ thumbprint, jti, end }) {
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

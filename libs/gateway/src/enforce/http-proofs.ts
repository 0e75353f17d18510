import { z } from 'zod';
import type { ReserveProof } from './use-proof.js';

export interface HttpProofs {
  /** `/proofs` at the token service's own address: the way in between services is not through the door. */
  readonly url: string;
  /** What says who asks: the service's word for a POST to that path, made anew each time. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds an answer may take, for a call waits for it; 2 000 unless told. */
  readonly patience?: number;
}

const answered = z.strictObject({ proof: z.enum(['fresh', 'used', 'expired']) });

/** Reserves proofs over HTTP. */
export const httpProofs =
  ({ url, headers, fetch = globalThis.fetch, patience = 2_000 }: HttpProofs): ReserveProof =>
  async ({ thumbprint, jti, end }) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers(), 'content-type': 'application/json' },
      body: JSON.stringify({ jkt: thumbprint, jti, end }),
      signal: AbortSignal.timeout(patience),
      redirect: 'error',
    });
    if (!answer.ok) throw new Error(`the token service answered ${answer.status}`);
    const parsed = answered.safeParse(await answer.json());
    if (!parsed.success) throw new Error('the token service answered something about a proof that is no answer');
    return parsed.data.proof;
  };

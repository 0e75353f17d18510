import type { KnownIat } from '@chancery/domain';
import type { Reservation } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';
import { sha256base64url, type VerifiedProof } from '@chancery/platform';
import { unauthorized } from '../opaque-token.js';

/**
 * That who shows an initial access token holds the key it is bound to, if it is bound to one: a stolen one opens nothing.
 * @param prove the key of the request's proof, if there is one
 * @returns the proof's single use, for the append that takes a use of the token
 * @throws OAuthError the same 401 as for any token that does not do (IAT-02); `invalid_dpop_proof` for a proof that is none
 */
export function proveIat({ jkt }: KnownIat, token: string, prove: () => VerifiedProof | undefined): readonly Reservation[] {
  if (jkt === undefined) return [];
  const proof = prove();
  if (!proof) throw unauthorized('iat_proof_missing');
  if (proof.thumbprint !== jkt) throw unauthorized('iat_key_mismatch');
  refuseOtherToken(proof, token);
  return [proof.reservation];
}

/** What a proof at registration says of a token is about the one that is shown beside it (HND-03). @throws OAuthError `invalid_dpop_proof` */
export function refuseOtherToken({ statedAth }: VerifiedProof, token: string): void {
  if (statedAth === undefined || statedAth === sha256base64url(token)) return;
  throw new OAuthError('invalid_dpop_proof', { refusal: 'ath_mismatch', description: 'ath is of another token' });
}

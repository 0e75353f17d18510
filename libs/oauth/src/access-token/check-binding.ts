import type { VerifiedProof } from '../dpop/verify-proof.js';
import { OAuthError } from '../errors.js';
import type { AccessTokenClaims } from './claims.js';

/**
 * That a token is used the way it was bound (RFC 9449 §7.1–7.2): a bound token under `DPoP` with a proof of its key, made for this very token;
 * an unbound one under `Bearer` and without a proof.
 * @param proof what `verifyProof` returned when it was handed the access token
 * @throws OAuthError `invalid_token`, or `invalid_dpop_proof` when the proof is missing
 */
export function checkBinding(claims: AccessTokenClaims, scheme: 'DPoP' | 'Bearer', proof: VerifiedProof | undefined): void {
  const mismatch = (detail: string): OAuthError => new OAuthError('invalid_token', { refusal: 'binding_mismatch', detail, scheme });
  if (claims.cnf === undefined) {
    if (scheme !== 'Bearer' || proof !== undefined) throw mismatch('unbound token with a proof');
    return;
  }
  if (scheme !== 'DPoP') throw mismatch('bound token as Bearer');
  if (proof === undefined) throw new OAuthError('invalid_dpop_proof', { refusal: 'proof_invalid', detail: 'no proof', scheme });
  // A proof that was not checked against a token has no `ath`: it proves the key, not that its holder uses this token.
  if (proof.ath === undefined) throw mismatch('proof is not for a token');
  if (proof.thumbprint !== claims.cnf.jkt) throw mismatch('another key');
}

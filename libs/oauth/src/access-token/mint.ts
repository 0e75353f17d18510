import type { KeyObject } from 'node:crypto';
import { OAuthError } from '../errors.js';
import type { Algorithm } from '../jose/algorithms.js';
import { signCompact } from '../jose/sign-compact.js';
import { limits } from '../limits.js';
import type { AccessTokenClaims } from './claims.js';

export interface SigningKey {
  /** RFC 7638 thumbprint of the public part, as in the JWKS. */
  kid: string;
  alg: Algorithm;
  privateKey: KeyObject;
}

/**
 * An access token after RFC 9068 §2.1. It signs what was recorded and decides nothing.
 * @throws OAuthError `invalid_request` when it would be larger than 4 KiB
 */
export function mintAccessToken(claims: AccessTokenClaims, { kid, alg, privateKey }: SigningKey): string {
  const token = signCompact({ typ: 'at+jwt', alg, kid }, claims, privateKey);
  if (token.length > limits.accessTokenBytes) throw tooLarge();
  return token;
}

/**
 * Whether a token of these claims could be signed at all, asked before anything is recorded: what is too large then uses nothing up.
 * @throws OAuthError `invalid_request` (ATK-05)
 */
export function checkTokenSize(claims: AccessTokenClaims, { kid, alg }: Pick<SigningKey, 'kid' | 'alg'>): void {
  const signed = encodedLength({ typ: 'at+jwt', alg, kid }) + encodedLength(claims) + signatureChars[alg] + 2;
  if (signed > limits.accessTokenBytes) throw tooLarge();
}

const encodedLength = (part: object): number => Math.ceil((Buffer.byteLength(JSON.stringify(part)) * 4) / 3);

/** Unpadded base64url of 64 bytes, and of the largest RSA signature accepted here. */
const signatureChars = { ES256: 86, Ed25519: 86, PS256: 683 } as const;

const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'token_too_large', description: 'the token would be too large' });

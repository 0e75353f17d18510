import { randomBytes } from 'node:crypto';
import type { ProofKey } from '../dpop/make-proof.js';
import { importPublicJwk } from '../jose/import-public-jwk.js';
import { signCompact } from '../jose/sign-compact.js';

export interface AssertionOptions {
  clientId: string;
  /** The authorization server's issuer identifier. */
  issuer: string;
  key: ProofKey;
  /** Seconds since 1970; the machine's clock when absent. */
  now?: number;
  /** 128 random bits when absent. */
  jti?: string;
  /** Seconds; 60 when absent, at most 300. */
  lifetime?: number;
}

/** A client assertion for `private_key_jwt` (RFC 7523 §3, RFC 10070). */
export function makeAssertion(options: AssertionOptions): string {
  const { clientId, issuer, key, now = Date.now() / 1_000, jti = randomBytes(16).toString('base64url'), lifetime = 60 } = options;
  const { alg, thumbprint } = importPublicJwk(key.publicJwk);
  const iat = Math.floor(now);
  const claims = { iss: clientId, sub: clientId, aud: issuer, jti, iat, exp: iat + lifetime };
  return signCompact({ typ: 'client-authentication+jwt', alg, kid: thumbprint }, claims, key.privateKey);
}

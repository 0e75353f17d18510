import type { RegisterAgent } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { judgeTarget, parseKeySet, type TargetRules } from '@chancery/platform';

export interface AskedKeys {
  readonly jwks: unknown;
  readonly jwksUri: unknown;
  /** `token_endpoint_auth_signing_alg` */
  readonly signingAlg: string | undefined;
}

type Keys = Pick<RegisterAgent['asked'], 'jwks' | 'jwksUri'>;

/**
 * Keys, or the address where they are (RFC 7591 §2), never both (DCR-08). The address is judged by what its text says; what its name resolves to is judged
 * whenever it is asked. @throws OAuthError `invalid_client_metadata`
 */
export function parseKeys({ jwks, jwksUri, signingAlg }: AskedKeys, rules: TargetRules): Keys {
  if (jwksUri === undefined) return jwks === undefined ? {} : { jwks: parseKeySet(jwks, signingAlg) };
  if (jwks !== undefined) throw unacceptable('keys_in_two_places', 'jwks and jwks_uri exclude each other');
  const verdict = typeof jwksUri === 'string' ? judgeTarget(jwksUri, rules) : ({ ok: false, refusal: 'url_unacceptable' } as const);
  if (!verdict.ok) throw unacceptable(`fetch_${verdict.refusal}`, 'jwks_uri is not an https URL of a public host');
  return { jwksUri: jwksUri as string };
}

const unacceptable = (refusal: string, description: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { refusal, description });

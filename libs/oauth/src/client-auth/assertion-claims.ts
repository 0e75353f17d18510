import { OAuthError } from '../errors.js';
import { limits } from '../limits.js';

/**
 * The claims of a client assertion (RFC 7523 §3). `aud` is the issuer as one JSON string: an array, also of one, or an endpoint's URL would
 * let an assertion meant for somebody else in (FAPI 2.0 §5.3.2; RFC 10070 is laxer about the array).
 * @throws OAuthError `invalid_client`
 */
export function checkAssertionClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: { clientId: string; issuer: string; now: number },
): { jti: string; exp: number } {
  const { iss, sub, aud, jti, exp } = claims;
  if (iss !== expected.clientId || sub !== expected.clientId) throw invalid('iss or sub');
  if (aud !== expected.issuer) throw new OAuthError('invalid_client', { refusal: 'assertion_audience' });
  if (typeof jti !== 'string' || jti === '' || jti.length > limits.jtiChars) throw invalid('jti');
  checkTimes(claims, expected.now);
  return { jti, exp: exp as number };
}

function checkTimes({ exp, nbf, iat }: Readonly<Record<string, unknown>>, now: number): void {
  if (!isTime(exp)) throw invalid('exp is not a number');
  if (exp <= now) throw invalid('expired');
  if (exp > now + limits.assertionSeconds) throw invalid('exp is too far ahead');
  for (const start of [nbf, iat]) {
    if (start !== undefined && !isTime(start)) throw invalid('nbf or iat is not a number');
    if (start !== undefined && start > now + limits.assertionSkewSeconds) throw invalid('not valid yet');
  }
  if (isTime(iat) && iat < now - limits.assertionSeconds) throw invalid('iat is too old');
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const invalid = (detail: string): OAuthError => new OAuthError('invalid_client', { refusal: 'assertion_invalid', detail });

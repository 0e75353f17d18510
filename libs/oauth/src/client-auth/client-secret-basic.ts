import { hash, timingSafeEqual } from 'node:crypto';
import { type AuthenticationScheme, OAuthError } from '../errors.js';
import { limits } from '../limits.js';
import { decodeFormComponent } from '../percent.js';

export interface BasicCredentials {
  method: 'client_secret_basic';
  clientId: string;
  secret: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 6749 §2.3.1: split at the first colon, then id and secret are form-decoded. @throws OAuthError `invalid_client` */
export function parseBasic(header: string): BasicCredentials {
  if (header.length > limits.jwtBytes) throw refuse('Basic', 'too long');
  const [, scheme = '', encoded = ''] = /^(\S*) *(\S*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() !== 'basic') throw refuse(triedScheme(scheme), 'not Basic');

  const text = decodeUserPass(encoded);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) throw refuse('Basic', 'not base64 of id:secret');
  const clientId = decodeFormComponent(text.slice(0, colon));
  const secret = decodeFormComponent(text.slice(colon + 1));
  if (!clientId || !secret || clientId.length > limits.clientIdChars) throw refuse('Basic', 'id or secret is empty or malformed');
  return { method: 'client_secret_basic', clientId, secret };
}

/**
 * Compares a presented secret with the stored SHA-256 (base64url) in constant time, with the same work where nothing is stored. One SHA-256 is
 * enough for secrets of 256 random bits.
 */
export function verifyClientSecret(secret: string, storedHash: string | undefined): boolean {
  const presented = hash('sha256', secret, 'buffer');
  const stored = storedHash === undefined ? undefined : Buffer.from(storedHash, 'base64url');
  const comparable = stored?.length === presented.length ? stored : nobody;
  const equal = timingSafeEqual(presented, comparable);
  return equal && comparable !== nobody;
}

const nobody = Buffer.alloc(32);

/** RFC 7617 with RFC 4648 §4: one spelling, padded. */
function decodeUserPass(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const triedScheme = (scheme: string): AuthenticationScheme => {
  const lower = scheme.toLowerCase();
  return lower === 'bearer' ? 'Bearer' : lower === 'dpop' ? 'DPoP' : 'Basic';
};

const refuse = (scheme: AuthenticationScheme, detail: string): OAuthError =>
  new OAuthError('invalid_client', {
    refusal: scheme === 'Basic' ? 'client_credential_malformed' : 'auth_method_mismatch',
    detail: `client_secret_basic: ${detail}`,
    scheme,
  });

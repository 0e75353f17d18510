import { createHmac, hash, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { ClientKey } from '@chancery/oauth/client';

/** Who signs: a private key, a shared secret, or nobody. */
export type Signer = KeyObject | { readonly secret: string } | 'nobody';

const encode = (part: unknown): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A compact JWS that says whatever a spec wants it to; texts go in as they are. Members that are undefined are left out. */
export function jws(header: object | string, payload: object | string, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(input, signer).toString('base64url')}`;
}

function signature(input: string, signer: Signer): Buffer {
  if (signer === 'nobody') return Buffer.alloc(0);
  if ('secret' in signer) return createHmac('sha256', signer.secret).update(input).digest();
  if (signer.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(input), signer);
  if (signer.asymmetricKeyType === 'ec') return sign('sha256', Buffer.from(input), { key: signer, dsaEncoding: 'ieee-p1363' });
  // RSASSA-PSS with the salt as long as the hash (RFC 7518 §3.5).
  return sign('sha256', Buffer.from(input), { key: signer, padding: 6, saltLength: 32 });
}

/** Seconds since 1970. */
export const now = (): number => Math.floor(Date.now() / 1_000);

export const newJti = (): string => randomBytes(16).toString('base64url');

export interface Change {
  readonly header?: object;
  readonly claims?: object;
  readonly signer?: Signer;
}

const algOf = ({ publicJwk }: ClientKey): string => (publicJwk.kty === 'EC' ? 'ES256' : publicJwk.kty === 'OKP' ? 'Ed25519' : 'PS256');

export interface Proven {
  readonly key: ClientKey;
  readonly url: string;
  readonly method?: string;
  readonly accessToken?: string;
}

/** An honest DPoP proof (RFC 9449 §4.2) but for what the spec says instead. */
export function forgeProof({ key, url, method = 'POST', accessToken }: Proven, { header, claims, signer }: Change = {}): string {
  const ath = accessToken === undefined ? undefined : hash('sha256', accessToken, 'base64url');
  return jws(
    { typ: 'dpop+jwt', alg: algOf(key), jwk: key.publicJwk, ...header },
    { jti: newJti(), htm: method, htu: url, iat: now(), ath, ...claims },
    signer ?? key.privateKey,
  );
}

export interface Asserting {
  readonly clientId: string;
  readonly issuer: string;
  readonly key: ClientKey;
}

/** An honest client assertion (RFC 7523 §3, RFC 10070) but for what the spec says instead. */
export const forgeAssertion = ({ clientId, issuer, key }: Asserting, { header, claims, signer }: Change = {}): string =>
  jws(
    { typ: 'client-authentication+jwt', alg: algOf(key), kid: key.thumbprint, ...header },
    { iss: clientId, sub: clientId, aud: issuer, jti: newJti(), iat: now(), exp: now() + 60, ...claims },
    signer ?? key.privateKey,
  );

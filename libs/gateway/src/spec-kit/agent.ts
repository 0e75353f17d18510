import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** Keys and tokens of specs, made by an independent implementation. */
export interface Signer {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly thumbprint: string;
}

export async function newSigner(): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  return { privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk) };
}

export type Claims = Record<string, unknown>;

/** An access token as the token service signs it. `header` and `claims` change one thing; undefined takes it out. */
export function accessToken(signer: Signer, claims: Claims, header: Claims = {}): Promise<string> {
  return new SignJWT(defined(claims))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signer.thumbprint, ...header })
    .sign(signer.privateKey);
}

export interface ProofChange {
  readonly claims?: Claims;
  readonly header?: Claims;
}

/** A DPoP proof for one request. */
export function proof(
  holder: Signer,
  request: { method: string; url: string; token: string; now: number },
  change: ProofChange = {},
): Promise<string> {
  const claims = {
    jti: randomUUID(),
    htm: request.method,
    htu: request.url,
    iat: Math.floor(request.now),
    ath: createHash('sha256').update(request.token).digest('base64url'),
    ...change.claims,
  };
  const header = defined({ alg: 'ES256', typ: 'dpop+jwt', jwk: holder.publicJwk, ...change.header });
  return new SignJWT(defined(claims)).setProtectedHeader(header as { alg: string }).sign(holder.privateKey);
}

const defined = (members: Claims): Claims => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

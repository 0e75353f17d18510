import { OAuthError } from '../errors.js';
import type { Form } from '../form.js';
import { namesAlgorithm } from '../jose/algorithms.js';
import type { CompactJws } from '../jose/decode-compact.js';
import { type ImportedKey, importPublicJwk } from '../jose/import-public-jwk.js';
import { verifySignature } from '../jose/verify-signature.js';
import { limits } from '../limits.js';
import { openCompact, refuseAt, verifierFor } from '../verifiers.js';
import { checkAssertionClaims } from './assertion-claims.js';

/** RFC 7523 §2.2. */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface AssertionCredentials {
  method: 'private_key_jwt';
  /** What the assertion claims, unverified. */
  clientId: string;
  assertion: string;
}

/** A client as registered, as far as its assertions depend on it. */
export interface AssertionClient {
  clientId: string;
  jwks: { readonly keys: readonly unknown[] };
  /** `token_endpoint_auth_signing_alg`, where the client fixed one. */
  signingAlg?: string;
}

export interface AssertionRequest {
  assertion: string;
  /** `undefined` for a client nobody knows: the same work, then the same answer. */
  client: AssertionClient | undefined;
  /** Our issuer identifier, byte for byte. */
  issuer: string;
  /** Seconds since 1970. */
  now: number;
}

export interface VerifiedAssertion {
  jti: string;
  iss: string;
  exp: number;
  /** Thumbprint of the key that signed. */
  kid: string;
  /** Its single use is remembered until this second: `exp` and the skew of other replicas' clocks. */
  end: number;
}

const rules = verifierFor('client-assertion');
const refuse = refuseAt(rules);

/** The assertion of a request and the client it names, from the form (RFC 7521 §4.2, RFC 7523 §3). */
export function parseAssertion(form: Form): AssertionCredentials {
  const type = form.one('client_assertion_type');
  const assertion = form.one('client_assertion');
  if (type === undefined || assertion === undefined)
    throw new OAuthError('invalid_request', {
      refusal: 'client_assertion_incomplete',
      description: 'client_assertion and client_assertion_type come together',
    });
  if (type !== assertionType) throw new OAuthError('invalid_client', { refusal: 'auth_method_mismatch', detail: 'client_assertion_type' });

  const { iss, sub } = openCompact(assertion, rules).payload;
  if (typeof iss !== 'string' || iss === '' || iss !== sub || iss.length > limits.clientIdChars)
    throw new OAuthError('invalid_client', { refusal: 'assertion_invalid', detail: 'iss and sub are not one client' });
  return { method: 'private_key_jwt', clientId: iss, assertion };
}

/**
 * Verifies `private_key_jwt` but for its single use, which belongs into the append (RFC 7523 §3, RFC 10070, FAPI 2.0 §5.3.2).
 * @throws OAuthError `invalid_client` (401), one body for every reason
 */
export function verifyClientAssertion(request: AssertionRequest): VerifiedAssertion {
  const { client, issuer, now } = request;
  const jws = openCompact(request.assertion, rules);
  const key = findSigner(jws, client);
  if (client === undefined) throw new OAuthError('invalid_client', { refusal: 'agent_unknown' });
  if (key === undefined) throw refuse('signature');
  const { jti, exp } = checkAssertionClaims(jws.payload, { clientId: client.clientId, issuer, now });
  return { jti, iss: client.clientId, exp, kid: key.thumbprint, end: Math.ceil(exp) + limits.assertionSkewSeconds };
}

/** The registered key that signed. A `kid` selects; without one each key of the right algorithm is tried. */
function findSigner(jws: CompactJws, client: AssertionClient | undefined): ImportedKey | undefined {
  const candidates = client === undefined ? [] : candidateKeys(jws, client);
  // Where there is nothing to verify with, a verification is made all the same: time must not tell which clients exist.
  if (candidates.length === 0) return void verifies(importPublicJwk(nobody), jws);
  return candidates.find((key) => verifies(key, jws));
}

function candidateKeys({ header }: CompactJws, client: AssertionClient): readonly ImportedKey[] {
  return client.jwks.keys
    .map(importRegistered)
    .filter(({ kid, key }) => namesAlgorithm(header.alg, key.alg) && (header.kid === undefined || header.kid === (kid ?? key.thumbprint)))
    .map(({ key }) => key)
    .filter(({ alg }) => client.signingAlg === undefined || namesAlgorithm(client.signingAlg, alg));
}

const verifies = ({ alg, key }: ImportedKey, jws: CompactJws): boolean => verifySignature(alg, key, jws.signingInput, jws.signature);

const importRegistered = (jwk: unknown): { kid: unknown; key: ImportedKey } => ({
  key: importPublicJwk(jwk, rules.algorithms, refuse),
  kid: (jwk as { kid?: unknown }).kid,
});

// Somebody's public key: RFC 7515 App. A.3.
const nobody = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

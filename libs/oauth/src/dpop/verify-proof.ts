import { hash } from 'node:crypto';
import { OAuthError } from '../errors.js';
import { namesAlgorithm } from '../jose/algorithms.js';
import type { JoseHeader } from '../jose/decode-compact.js';
import { headerCache } from '../jose/header-cache.js';
import { type ImportedKey, importPublicJwk } from '../jose/import-public-jwk.js';
import type { PublicJwk } from '../jose/public-jwk.js';
import { verifySignature } from '../jose/verify-signature.js';
import { limits } from '../limits.js';
import { openCompact, refuseAt, verifierFor } from '../verifiers.js';
import { type AgentContext, parseAgentContext } from './agent-context.js';
import { normalizeHtu } from './htu.js';
import { memoryOf, type ProofWindow } from './window.js';

export interface ProofRequest {
  /** The `DPoP` field as it came; more than one is refused. */
  header: string | readonly string[] | undefined;
  /** The request's method, compared by case. */
  method: string;
  /** The configured external URL of the endpoint or route, never one built from request headers. */
  url: string;
  /** Seconds since 1970, fractions allowed. */
  now: number;
  window: ProofWindow;
  /** The access token beside the proof; then `ath` is required. */
  accessToken?: string;
  /** The thumbprint what the proof is for is bound to. */
  expectedThumbprint?: string;
}

export interface VerifiedProof {
  jwk: PublicJwk;
  /** RFC 7638, SHA-256, base64url: names the instance. */
  thumbprint: string;
  jti: string;
  /** As signed; may have a fraction. */
  iat: number;
  /** The last second in which it could be accepted anywhere; its single use is remembered that long. From the signed `iat` alone. */
  end: number;
  /** Verified hash of the access token; only where one was given. */
  ath?: string;
  /** `ath` as the proof states it where no token was given: of which token, nobody has checked yet. */
  statedAth?: string;
  agentContext?: AgentContext;
}

const rules = verifierFor('dpop-proof');
const refuse = refuseAt(rules);

// What a header says does not change, so that one that comes with every proof of a client is read once, and its key imported once.
const headers = headerCache(limits.importedKeys);
const keys = new WeakMap<JoseHeader, ImportedKey>();

/**
 * Checks a DPoP proof (RFC 9449 §4.3) but for its single use, which belongs to the append or the gateway's memory, and nonces. Cheap checks
 * first, the signature last.
 * @throws OAuthError `invalid_dpop_proof`; `invalid_token` when it does not belong to the access token; `invalid_grant` when it is of another
 * key than expected and there is no access token; `invalid_request` for a malformed `agent_context`
 */
export function verifyProof(request: ProofRequest): VerifiedProof {
  const { header, payload, signingInput, signature } = openCompact(singleValue(request.header), rules, headers);
  const kept = memoryOf(request.window);
  const key = keys.get(header) ?? keyOf(header);

  const { jti, iat } = checkClaims(payload, request);
  if (!verifySignature(key.alg, key.key, signingInput, signature)) throw refuse('signature');

  const ath = checkToken(payload['ath'], key, request);
  const agentContext = parseAgentContext(payload['agent_context']);
  return {
    jwk: key.jwk,
    thumbprint: key.thumbprint,
    jti,
    iat,
    end: Math.ceil(iat) + kept,
    ...(ath === undefined ? stated(payload['ath']) : { ath }),
    ...(agentContext === undefined ? {} : { agentContext }),
  };
}

function keyOf(header: JoseHeader): ImportedKey {
  const key = importPublicJwk(header['jwk'], rules.algorithms, refuse);
  if (!namesAlgorithm(header.alg, key.alg)) throw refuse('alg does not fit the key');
  keys.set(header, key);
  return key;
}

const stated = (ath: unknown): { statedAth?: string } => (typeof ath === 'string' ? { statedAth: ath } : {});

function singleValue(header: string | readonly string[] | undefined): string {
  const values = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  const value = values[0];
  if (value === undefined) throw refuse('no proof');
  // Steps 1 and 2. A comma list within one field fails on the alphabet.
  if (values.length > 1) throw refuse('more than one proof');
  return value;
}

function checkClaims(payload: Readonly<Record<string, unknown>>, request: ProofRequest): { jti: string; iat: number } {
  const { jti, htm, htu, iat } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > limits.jtiChars) throw refuse('jti');
  if (htm !== request.method) throw refuse('htm');
  if (typeof htu !== 'string' || !sameUrl(htu, request.url)) throw refuse('htu');
  if (typeof iat !== 'number') throw refuse('iat is not a number');
  // §11.1. Written so that NaN and the infinities fall on the refused side.
  if (!(iat >= request.now - request.window.past && iat <= request.now + request.window.future)) throw refuse('iat is outside the window');
  return { jti, iat };
}

function sameUrl(htu: string, expected: string): boolean {
  const normalized = normalizeHtu(htu);
  return normalized !== undefined && normalized === normalizeHtu(expected);
}

/** Steps 11 and 12: the proof belongs to this token and this key. */
function checkToken(claim: unknown, key: ImportedKey, request: ProofRequest): string | undefined {
  const { accessToken, expectedThumbprint } = request;
  const ath = accessToken === undefined ? undefined : hash('sha256', accessToken, 'base64url');
  if (ath !== undefined && claim !== ath)
    throw new OAuthError('invalid_token', { refusal: 'proof_invalid', detail: 'ath', scheme: 'DPoP' });
  if (expectedThumbprint !== undefined && key.thumbprint !== expectedThumbprint)
    throw new OAuthError(ath === undefined ? 'invalid_grant' : 'invalid_token', { refusal: 'binding_mismatch', scheme: 'DPoP' });
  return ath;
}

import { hash, type KeyObject, randomBytes } from 'node:crypto';
import { importPublicJwk } from '../jose/import-public-jwk.js';
import type { PublicJwk } from '../jose/public-jwk.js';
import { signCompact } from '../jose/sign-compact.js';
import type { AgentContext } from './agent-context.js';

/** A client's own key. */
export interface ProofKey {
  privateKey: KeyObject;
  publicJwk: PublicJwk;
}

export interface ProofOptions {
  key: ProofKey;
  method: string;
  /** Query and fragment are left out of `htu` (RFC 9449 §4.2). */
  url: string;
  accessToken?: string;
  /** Seconds since 1970; the machine's clock when absent. */
  now?: number;
  /** 128 random bits when absent. */
  jti?: string;
  agentContext?: AgentContext;
}

/** A DPoP proof (RFC 9449 §4.2), as agents make them. */
export function makeProof(options: ProofOptions): string {
  const { key, accessToken, agentContext, now = Date.now() / 1_000, jti = randomBytes(16).toString('base64url') } = options;
  const { jwk, alg } = importPublicJwk(key.publicJwk);
  const claims = {
    jti,
    htm: options.method,
    htu: options.url.split(/[?#]/, 1)[0],
    iat: Math.floor(now),
    ...(accessToken === undefined ? {} : { ath: hash('sha256', accessToken, 'base64url') }),
    ...(agentContext === undefined ? {} : { agent_context: agentContext }),
  };
  return signCompact({ typ: 'dpop+jwt', alg, jwk }, claims, key.privateKey);
}

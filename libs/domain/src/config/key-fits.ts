import type { AgentEvent } from '@chancery/events';
import type { IatClass } from './config.decider.js';

type Jwk = NonNullable<Extract<AgentEvent, { type: 'agent.registered' }>['jwks']>[number];

const leastRsaBits = 2_048;

/** Whether a class takes this key: its one algorithm, and its size where that is not settled by the curve. The key has been parsed as sound. */
export function keyFits(jwk: Jwk, { keyAlgorithms, minRsaBits = leastRsaBits }: IatClass): boolean {
  if (keyAlgorithms && !keyAlgorithms.includes(algorithmOf(jwk))) return false;
  return jwk.kty !== 'RSA' || bitsOf(jwk.n ?? '') >= minRsaBits;
}

/** What of an agent says which keys it may come with later, from an address of its own. */
interface Remote {
  readonly jwksUri?: string;
  readonly signingAlg?: string;
}

/**
 * Whether a class can take keys that nobody has seen yet: it can where it asks nothing of them, or where the one algorithm that the agent fixed answers it.
 * A size cannot be promised, so that a class which asks for large RSA keys takes none from elsewhere.
 */
export function remoteKeysFit({ jwksUri, signingAlg }: Remote, { keyAlgorithms, minRsaBits = leastRsaBits }: IatClass): boolean {
  if (jwksUri === undefined) return true;
  const fixed = signingAlg === 'EdDSA' ? 'Ed25519' : signingAlg;
  if (keyAlgorithms && !keyAlgorithms.some((alg) => alg === fixed)) return false;
  return minRsaBits <= leastRsaBits || (fixed !== undefined && fixed !== 'PS256');
}

const algorithmOf = ({ kty }: Jwk) => (kty === 'RSA' ? 'PS256' : kty === 'OKP' ? 'Ed25519' : 'ES256');

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The bits of a Base64urlUInt (RFC 7518 §2), which begins with no zero byte. */
function bitsOf(modulus: string): number {
  const [high = 'A', low = 'A'] = modulus;
  const firstByte = base64url.indexOf(high) * 4 + Math.floor(base64url.indexOf(low) / 16);
  return Math.floor((modulus.length * 6) / 8) * 8 - (Math.clz32(firstByte) - 24);
}

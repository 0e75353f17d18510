import type { AgentEvent } from '@chancery/events';
import type { IatClass } from './config.decider.js';

type Jwk = NonNullable<Extract<AgentEvent, { type: 'agent.registered' }>['jwks']>[number];

const leastRsaBits = 2_048;

/** Whether a class takes this key: its one algorithm, and its size where that is not settled by the curve. The key has been parsed as sound. */
export function keyFits(jwk: Jwk, { keyAlgorithms, minRsaBits = leastRsaBits }: IatClass): boolean {
  if (keyAlgorithms && !keyAlgorithms.includes(algorithmOf(jwk))) return false;
  return jwk.kty !== 'RSA' || bitsOf(jwk.n ?? '') >= minRsaBits;
}

const algorithmOf = ({ kty }: Jwk) => (kty === 'RSA' ? 'PS256' : kty === 'OKP' ? 'Ed25519' : 'ES256');

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The bits of a Base64urlUInt (RFC 7518 §2), which begins with no zero byte. */
function bitsOf(modulus: string): number {
  const [high = 'A', low = 'A'] = modulus;
  const firstByte = base64url.indexOf(high) * 4 + Math.floor(base64url.indexOf(low) / 16);
  return Math.floor((modulus.length * 6) / 8) * 8 - (Math.clz32(firstByte) - 24);
}

import { hash } from 'node:crypto';
import type { AuthenticAccessToken, RevocableSubject } from '@chancery/oauth';

/** A token whose signature, type and issuer held. Nothing else about it is settled: the rest is asked at every call (GW-07). */
export interface VerifiedToken extends AuthenticAccessToken {
  readonly scope: readonly string[];
  /** What it rests on: asked of the revocation set at every call (GW-05). */
  readonly lookups: readonly RevocableSubject[];
}

export interface VerifiedTokens {
  get(token: string, now: number): VerifiedToken | undefined;
  set(token: string, verified: VerifiedToken): void;
  readonly size: number;
}

/**
 * Saves the signature of tokens seen before, by SHA-256 of the whole token, so that no two tokens share an entry whatever their claims
 * (S-100). Bounded: the least recently used goes first; an entry is never answered beyond the token's end.
 */
export function verifiedTokens(max: number): VerifiedTokens {
  const entries = new Map<string, VerifiedToken>(); // iterates in order of insertion
  return {
    get(token, now) {
      const key = keyOf(token);
      const found = entries.get(key);
      if (found === undefined) return undefined;
      entries.delete(key);
      if (found.claims.exp <= now) return undefined;
      entries.set(key, found);
      return found;
    },
    set(token, verified) {
      entries.set(keyOf(token), verified);
      const oldest = entries.size > max ? entries.keys().next() : undefined;
      if (oldest?.done === false) entries.delete(oldest.value);
    },
    get size() {
      return entries.size;
    },
  };
}

const keyOf = (token: string): string => hash('sha256', `main at+jwt ${token}`, 'base64url');

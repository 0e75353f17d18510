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
 * (S-100). At most `max`; those that were not seen for long go first; an entry is never answered beyond the token's end.
 */
export function verifiedTokens(max: number): VerifiedTokens {
  // Two halves by age: a token that goes on being seen costs a look-up, where an order of use would be written anew at each.
  const half = Math.max(1, Math.floor(max / 2));
  let recent = new Map<string, VerifiedToken>();
  let older = new Map<string, VerifiedToken>();

  const keep = (key: string, verified: VerifiedToken): void => {
    if (recent.size >= half) [older, recent] = [recent, new Map()];
    recent.set(key, verified);
  };
  const find = (key: string): VerifiedToken | undefined => {
    const found = recent.get(key);
    if (found !== undefined) return found;
    const seenLongAgo = older.get(key);
    if (seenLongAgo === undefined) return undefined;
    older.delete(key);
    keep(key, seenLongAgo);
    return seenLongAgo;
  };
  return {
    get(token, now) {
      const key = keyOf(token);
      const found = find(key);
      if (found === undefined || found.claims.exp > now) return found;
      recent.delete(key);
      return undefined;
    },
    set: (token, verified) => keep(keyOf(token), verified),
    get size() {
      return recent.size + older.size;
    },
  };
}

const keyOf = (token: string): string => hash('sha256', `main at+jwt ${token}`, 'base64url');

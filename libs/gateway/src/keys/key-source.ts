import { importPublicJwk, type VerificationKey } from '@chancery/oauth';
import { z } from 'zod';

/** The issuer's public keys, by `kid`: from its `/jwks`, and from nowhere else. */
export interface KeySource {
  /** A look-up, never a fetch. */
  find(kid: string): VerificationKey | undefined;
  /** The key, after at most one fetch: an unknown `kid` asks again once a minute, all callers together (JOSE-07). */
  seek(kid: string): Promise<VerificationKey | undefined>;
  /** Fetches now, whatever the cooldown says: for the start and for the clock, never for a request. Never throws. */
  refresh(): Promise<void>;
  /** Some keys are here. */
  loaded(): boolean;
}

/** Seconds between two fetches that requests can cause. */
const cooldown = 60;

/**
 * Opens a source without fetching.
 * @param options.fetchKeys the JWK set as parsed JSON; a rejection evicts nothing
 * @param options.monotonic seconds, from any start
 */
export function openKeySource(options: { fetchKeys: () => Promise<unknown>; monotonic: () => number }): KeySource {
  const { fetchKeys, monotonic } = options;
  let keys: ReadonlyMap<string, VerificationKey> = new Map();
  let running: Promise<void> | undefined;
  let begun = -Infinity;

  const load = async (): Promise<void> => {
    try {
      const fetched = parseKeys(await fetchKeys());
      // A set without a single usable key is an accident of the issuer: what verified a second ago goes on verifying.
      if (fetched.size > 0) keys = fetched;
    } catch {
      // Evicts nothing. Who is waiting sees that its key is still unknown.
    } finally {
      running = undefined;
    }
  };
  const refresh = (): Promise<void> => {
    if (running === undefined) begun = monotonic();
    running ??= load();
    return running;
  };

  return {
    find: (kid) => keys.get(kid),
    async seek(kid) {
      if (!keys.has(kid)) await (monotonic() - begun >= cooldown ? refresh() : running);
      return keys.get(kid);
    },
    refresh,
    loaded: () => keys.size > 0,
  };
}

const jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string().min(1).max(256) })).max(64) });

/** A key that is no good is left out; the others count. */
function parseKeys(document: unknown): ReadonlyMap<string, VerificationKey> {
  const usable = new Map<string, VerificationKey>();
  for (const jwk of jwks.parse(document).keys) {
    try {
      const { key, alg } = importPublicJwk(jwk);
      usable.set(jwk.kid, { key, alg });
    } catch {
      continue;
    }
  }
  return usable;
}

import { boundedCache, limits, parseJson } from '@chancery/oauth';
import type { Fetched } from '../outbound/ask.js';
import { type FetchRefusal, FetchRefused } from '../outbound/fetch-refused.js';
import type { GuardedFetch } from '../outbound/guarded-fetch.js';
import { type ClientKeys, parseKeySet } from './key-set.js';

/** Keys of clients at their `jwks_uri`. */
export interface RemoteKeys {
  /** Those that are fresh, for an agent that registered the address, fetched where none are; while their source is away those of before, for a bounded time. @throws FetchRefused */
  keysAt(url: string, agentId: string): Promise<ClientKeys>;
  /**
   * Others than these, after an assertion that none of these verified: a fetch once a minute, whoever asks and however often (JOSE-07, S-027).
   * `undefined` where there are none. Never throws.
   */
  newerThan(keys: ClientKeys, url: string, agentId: string): Promise<ClientKeys | undefined>;
}

export interface RemoteKeysDeps {
  readonly fetch: GuardedFetch;
  /** Seconds, from any start. */
  readonly monotonic?: () => number;
}

interface Held {
  readonly keys: ClientKeys;
  readonly freshUntil: number;
  readonly staleUntil: number;
}

/** The last fetch of an address, or the one that runs. */
interface Attempt {
  begun: number;
  running: Promise<void> | undefined;
  refusal: FetchRefusal | undefined;
}

const types = ['application/jwk-set+json', 'application/json'];

/** Opens the cache of all remote keys; nothing is fetched before somebody asks. */
export function openRemoteKeys({ fetch: guardedFetch, monotonic = () => performance.now() / 1_000 }: RemoteKeysDeps): RemoteKeys {
  const held = boundedCache<Held>(limits.remoteKeySets);
  // Apart from what is held: addresses that never gave anything evict nothing that verifies.
  const attempts = boundedCache<Attempt>(limits.remoteKeySets);

  // An agent that moves its address with every request would have us ask one after the other.
  const asking = boundedCache<{ readonly url: string; readonly begun: number }>(limits.remoteKeySets);
  const mayAsk = (url: string, agentId: string): boolean => {
    const last = asking.get(agentId);
    if (last && last.url !== url && monotonic() - last.begun < limits.remoteKeysCooldownSeconds) return false;
    asking.set(agentId, { url, begun: monotonic() });
    return true;
  };

  const load = async (url: string, attempt: Attempt): Promise<void> => {
    try {
      held.set(url, judged(await guardedFetch(url, { types, maxBytes: limits.fetchKeySetBytes }), attempt.begun));
    } catch (error) {
      if (!(error instanceof FetchRefused)) throw error;
      attempt.refusal = error.refusal;
      // Nobody was asked, so that nobody has to be spared.
      if (error.refusal === 'too_many_at_once') attempt.begun = -Infinity;
    }
  };
  const refresh = (url: string, agentId: string): Promise<void> | undefined => {
    const last = attempts.get(url);
    if (last && monotonic() - last.begun < limits.remoteKeysCooldownSeconds) return last.running;
    if (!mayAsk(url, agentId)) return undefined;
    const attempt: Attempt = { begun: monotonic(), running: undefined, refusal: undefined };
    attempts.set(url, attempt);
    attempt.running = load(url, attempt).finally(() => (attempt.running = undefined));
    return attempt.running;
  };

  return {
    async keysAt(url, agentId) {
      const known = held.get(url);
      if (known && monotonic() < known.freshUntil) return known.keys;
      await refresh(url, agentId);
      const now = held.get(url);
      if (now && monotonic() < now.staleUntil) return now.keys;
      throw new FetchRefused(attempts.get(url)?.refusal ?? 'asked_too_often');
    },
    async newerThan(keys, url, agentId) {
      await refresh(url, agentId);
      const now = held.get(url)?.keys;
      return now === keys ? undefined : now;
    },
  };
}

/** What counts from when it was asked for: how long the answer took is no time in which it is fresh. */
function judged({ body, freshSeconds = limits.remoteKeysFreshSeconds }: Fetched, begun: number): Held {
  // What is to be asked for each time is asked for once in the cooldown.
  const freshUntil = begun + Math.min(freshSeconds, limits.remoteKeysFreshMaxSeconds);
  return { keys: keysIn(body), freshUntil, staleUntil: freshUntil + limits.remoteKeysStaleSeconds };
}

/** All of a set, or nothing of it: one key that is not acceptable refuses it as it would at registration. */
function keysIn(body: Buffer): ClientKeys {
  try {
    return parseKeySet(parseJson(body));
  } catch (cause) {
    throw new FetchRefused('content_unacceptable', { cause });
  }
}

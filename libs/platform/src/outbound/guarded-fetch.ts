import { limits } from '@chancery/oauth';
import { type Log, silentLog } from '../logs/log.js';
import { metrics } from '../metrics/metrics.js';
import { type AllowedTargets, mayConnect, nothingAllowed } from './allowed-targets.js';
import { ask, type Fetched } from './ask.js';
import { FetchRefused } from './fetch-refused.js';
import { judgeTarget, type OutboundTarget } from './outbound-target.js';
import { placesAtOnce } from './places-at-once.js';
import { openResolver, type ResolveHost } from './resolve-host.js';

export interface GuardedFetchDeps {
  /** DNS, unless told. */
  readonly resolve?: ResolveHost;
  /** Nothing but what is public, unless told. */
  readonly allowed?: AllowedTargets;
  /** PEM of the roots a server's certificate must come from; the system's unless told. */
  readonly ca?: string;
  readonly log?: Log;
}

export interface FetchOptions {
  /** Media types in lower case; one that begins with `+` is a structured suffix (RFC 6838 §4.2.8). */
  readonly types: readonly string[];
  /** 16 KiB unless told. */
  readonly maxBytes?: number;
  /** Milliseconds for all of it; 5 s unless told. */
  readonly patience?: number;
  /** See `TargetRules`. */
  readonly loopbackHttp?: boolean;
}

/** @throws FetchRefused, with one text for whatever it was */
export type GuardedFetch = (url: string, options: FetchOptions) => Promise<Fetched>;

/**
 * The one way to a document at an address that somebody else named (NET-01): https to public unicast addresses alone, each of an answer judged before
 * one is connected to, and connected to as judged; no redirect, no proxy, no cookie, no credential; bounded in bytes, time and number.
 */
export function openGuardedFetch(deps: GuardedFetchDeps = {}): GuardedFetch {
  const { log = silentLog } = deps;
  const guarded = guardOf(deps);
  const places = placesAtOnce();
  return async (url, options) => {
    const leave = places.take(hostOf(url) ?? '');
    try {
      if (!leave) throw new FetchRefused('too_many_at_once');
      const fetched = await guarded(url, options);
      metrics.fetches.inc({ outcome: 'fetched' });
      return fetched;
    } catch (error) {
      const refused = error instanceof FetchRefused ? error : new FetchRefused('not_reached', { cause: error });
      metrics.fetches.inc({ outcome: refused.refusal });
      log.warn({ reason: refused.refusal, name: hostOf(url), err: refused }, 'a fetch was refused');
      throw refused;
    } finally {
      leave?.();
    }
  };
}

function guardOf({ resolve = openResolver(), allowed = nothingAllowed, ca }: GuardedFetchDeps): GuardedFetch {
  return async (url, options) => {
    const { patience = limits.fetchSeconds * 1_000, maxBytes = limits.fetchBytes, types, loopbackHttp = false } = options;
    const verdict = judgeTarget(url, { allowed, loopbackHttp });
    if (!verdict.ok) throw new FetchRefused(verdict.refusal);
    const { target } = verdict;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    try {
      const addresses = await addressesOf(target, resolve, late.signal);
      // One answer that points inside refuses all of them: whoever gave it chooses which one is tried first.
      if (!target.literal && !addresses.every((address) => mayConnect(address, target.host, allowed)))
        throw new FetchRefused('address_not_public');
      return await ask({ target, addresses, types, maxBytes, signal: late.signal, ...(ca !== undefined && { ca }) });
    } finally {
      clearTimeout(timer);
    }
  };
}

async function addressesOf({ host, literal }: OutboundTarget, resolve: ResolveHost, signal: AbortSignal): Promise<readonly string[]> {
  if (literal) return [host];
  const late = Promise.withResolvers<never>();
  const leave = (): void => late.reject(new FetchRefused('too_slow'));
  signal.addEventListener('abort', leave, { once: true });
  try {
    const addresses = await Promise.race([resolve(host, signal), late.promise]);
    if (addresses.length === 0) throw new FetchRefused('not_resolved');
    return addresses;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname.slice(0, 253) : undefined);

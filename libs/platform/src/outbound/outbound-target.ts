import { isIP } from 'node:net';
import { exactUrl } from '../exact-url.js';
import { type AllowedTargets, mayConnect } from './allowed-targets.js';
import type { FetchRefusal } from './fetch-refused.js';

/** An address that may be fetched from, as far as its text tells. */
export interface OutboundTarget {
  readonly url: URL;
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  /** Nothing is left to resolve: the address was judged here. */
  readonly literal: boolean;
}

export interface TargetRules {
  readonly allowed: AllowedTargets;
  /** `http` to this machine's own loopback is no way out of it, where the issuer is there too (CIMD-02); off unless told. */
  readonly loopbackHttp?: boolean;
}

export type TargetVerdict = { readonly ok: true; readonly target: OutboundTarget } | { readonly ok: false; readonly refusal: FetchRefusal };

/**
 * Judges the text of a URL before anything is asked about it (NET-01): https, in the one spelling that every parser gives back, no credentials, no
 * fragment, a host that is a public address or can be a public name. A name is judged again by every address it resolves to.
 */
export function judgeTarget(text: string, { allowed, loopbackHttp = false }: TargetRules): TargetVerdict {
  const url = exactUrl(text);
  if (!url || text.includes('#') || url.port === '0') return refuse('url_unacceptable');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host) !== 0;
  const target = { url, host, literal };
  if (loopbackHttp && url.protocol === 'http:' && loopback.has(host)) return { ok: true, target };
  if (url.protocol !== 'https:') return refuse('url_unacceptable');
  if (literal) return mayConnect(host, host, allowed) ? { ok: true, target } : refuse('address_not_public');
  return allowed.isNamed(host) || isPublicName(host) ? { ok: true, target } : refuse('host_not_public');
}

const refuse = (refusal: FetchRefusal): TargetVerdict => ({ ok: false, refusal });

const loopback = new Set(['127.0.0.1', '::1']);

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

// RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal, and what machines call themselves.
const notPublic = ['localhost', 'localdomain', 'local', 'internal', 'invalid', 'onion', 'alt', 'home.arpa'];

/** Has a dot, since a search list would say what a name without one means; no empty label, so no second spelling with a dot at its end. */
function isPublicName(host: string): boolean {
  const labels = host.split('.');
  if (host.length > 253 || labels.length < 2 || !labels.every((part) => label.test(part))) return false;
  return !notPublic.some((name) => host === name || host.endsWith(`.${name}`));
}

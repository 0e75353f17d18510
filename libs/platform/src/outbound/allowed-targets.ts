import { isIP } from 'node:net';
import { isPublicAddress, isInsideAddress, networks } from './public-address.js';

/** What is not public and may be fetched from all the same, by configuration. */
export interface AllowedTargets {
  /** As it was set. */
  readonly list: string;
  /** Whether these very characters of a host are listed. */
  readonly isNamed: (host: string) => boolean;
  /** Whether a network that is listed has this address. */
  readonly isListed: (address: string) => boolean;
}

export const nothingAllowed: AllowedTargets = { list: '', isNamed: () => false, isListed: () => false };

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * Host names in lower case and networks in CIDR notation, with commas between. A name opens addresses for use inside (private, shared, unique
 * local) to itself alone: neither loopback nor link-local nor a cloud's metadata, which only a network that has them opens.
 * @returns `undefined` for a list with anything else in it
 */
export function parseAllowedTargets(list: string): AllowedTargets | undefined {
  const entries = list === '' ? [] : list.split(',');
  const cidrs = entries.filter((entry) => entry.includes('/'));
  const names = new Set(entries.filter((entry) => !entry.includes('/')));
  if (!cidrs.every(isNetwork) || ![...names].every(isHostName)) return undefined;
  return { list, isNamed: (host) => names.has(host), isListed: networks(cidrs) };
}

/** Whether an address that the host of a URL came to may be connected to. */
export const mayConnect = (address: string, host: string, allowed: AllowedTargets): boolean =>
  isPublicAddress(address) || allowed.isListed(address) || (allowed.isNamed(host) && isInsideAddress(address));

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const family = isIP(address);
  return more.length === 0 && family !== 0 && !address.includes('%') && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

// A name whose last label is a number is an address in one of its many spellings (WHATWG URL §3.5).
const isHostName = (text: string): boolean => hostName.test(text) && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(text);

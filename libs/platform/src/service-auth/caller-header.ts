import { signCompact } from '@chancery/oauth';
import { newId } from '../ids.js';
import type { ServiceName, SigningKey } from '../keys/key-ring.js';
import type { Caller, Outside } from './caller.js';

/** `typ` of the assertion, and how long it is good for, in seconds. */
export const callerTyp = 'chancery-caller+jwt';
export const callerLifetime = 30;

export interface CallerHeader {
  readonly from: ServiceName;
  readonly to: ServiceName;
  /** The calling service's own. */
  readonly key: SigningKey;
  readonly method: string;
  /** With or without its query, which is left out. */
  readonly path: string;
  readonly caller?: Caller;
  /** What request of the outside this is, and the network address it came from: what the service records. */
  readonly outside?: Outside;
  /** Seconds since 1970. */
  readonly now: number;
}

/** One service's word to another, for one request: who calls, and for whom. Never more than 30 s old, and good for that method and path alone. */
export function callerHeader({ from, to, key, method, path, caller, outside, now }: CallerHeader): string {
  const iat = Math.floor(now);
  const claims = {
    iss: from,
    aud: to,
    iat,
    exp: iat + callerLifetime,
    jti: newId('rq'),
    htm: method,
    htp: pathOf(path),
    ...(caller && { caller }),
    ...(outside && { outside }),
  };
  return signCompact({ typ: callerTyp, alg: key.alg, kid: key.kid }, claims, key.privateKey);
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

import { type IncomingMessage, type ServerResponse } from 'node:http';
import type { OAuthError } from '@chancery/oauth';
import { doorBody, type DoorRequest } from '../http/door-request.js';
import { callerHeaderName } from '../service-auth/caller.js';
import { removeOwnHeaders, setOwnHeader } from './own-headers.js';
import { proxy } from './proxy.js';
import { type RemoteService, toReplica } from './remote-service.js';

/** Where a request goes: a service in this process, a service of ours elsewhere, or an API at an address of its own. */
export type Target = { handle(req: IncomingMessage, res: ServerResponse): void } | RemoteService | { readonly url: string };

export interface Forwarded {
  readonly target: Target;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The body, where it was read already. */
  readonly body?: Buffer;
  /** Headers of ours for the service; whatever the request said under these names is gone. */
  readonly set?: Readonly<Record<string, string>>;
  /** Told what was answered here because the request could not be read. */
  readonly refused?: (error: OAuthError) => void;
}

/**
 * Hands a request to a service, which answers it. A service that cannot be reached is answered 503 here.
 * @throws OAuthError 503 when there is nothing by which to say who calls
 */
export function forward({ target, req, res, body, set = {}, refused }: Forwarded): void {
  removeOwnHeaders(req);
  const said = 'replicas' in target && !(callerHeaderName in set) ? { ...target.introduce(req), ...set } : set;
  for (const [name, value] of Object.entries(said)) setOwnHeader(req, name, value);
  if (body) (req as DoorRequest)[doorBody] = body;
  if ('handle' in target) target.handle(req, res);
  else if ('replicas' in target) void toReplica(target, { req, res, ...(refused && { refused }) });
  else proxy(target.url, req, res);
}

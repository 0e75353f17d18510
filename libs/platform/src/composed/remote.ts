import { OAuthError } from '@chancery/oauth';
import type { RemoteService } from '../door/remote-service.js';
import { type DoorRequest, doorRequestId } from '../http/door-request.js';
import { sourceOf } from '../http/source-of.js';
import { newId } from '../ids.js';
import type { ServiceName, SigningKey } from '../keys/key-ring.js';
import { callerHeaderName } from '../service-auth/caller.js';
import { callerHeader } from '../service-auth/caller-header.js';

export interface Remote {
  readonly to: Exclude<ServiceName, 'gateway'>;
  readonly replicas: RemoteService['replicas'];
  /** The gateway's own. */
  readonly key: SigningKey;
  /** Seconds, by the database's clock. */
  now(): number;
}

/** A service in other processes, as the gateway calls it: with its word for each request, and what the outside said. */
export const remoteService = ({ to, replicas, key, now }: Remote): RemoteService => ({
  replicas,
  introduce(req) {
    if (!Number.isFinite(now())) throw new OAuthError('temporarily_unavailable', { refusal: 'not_ready', retryAfter: 1 });
    const outside = { requestId: (req as DoorRequest)[doorRequestId] ?? newId('rq'), source: sourceOf(req) };
    const word = callerHeader({ from: 'gateway', to, key, method: req.method ?? '', path: req.url ?? '', outside, now: now() });
    return { [callerHeaderName]: word };
  },
});

/** `fetch` that goes to whichever of these replicas can be reached, beginning with the one that answered last, if it could. Any host will do in its URL. */
export function replicaFetch(replicas: RemoteService['replicas']): typeof globalThis.fetch {
  let first = 0;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const start = first;
    let failure: unknown;
    for (let tried = 0; tried < replicas.length; tried += 1) {
      const at = (start + tried) % replicas.length;
      const next = (at + 1) % replicas.length;
      try {
        const answer = await fetch(new URL(`${url.pathname}${url.search}`, replicas[at]), init);
        first = answer.status < 500 ? at : next;
        return answer;
      } catch (error) {
        // The others have their turn then, even where this one used up all the time there was.
        first = next;
        if (init?.signal?.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  };
}

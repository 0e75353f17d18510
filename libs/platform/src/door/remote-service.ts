import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits, type OAuthError } from '@chancery/oauth';
import { doorBody, type DoorRequest } from '../http/door-request.js';
import { readBody } from '../http/read-body.js';
import { wireError } from '../http/wire-error.js';
import { answerHere } from './answer-here.js';
import { ask, away } from './proxy.js';

/** A service of ours in other processes, which are alike. */
export interface RemoteService {
  /** Base URLs, each of one replica or of what shares the load among several. */
  readonly replicas: readonly [string, ...string[]];
  /** Headers that say who calls, made for each request. @throws OAuthError 503 when there is nothing to say it with */
  introduce(req: IncomingMessage): Readonly<Record<string, string>>;
}

export interface ToReplica {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly refused?: (error: OAuthError) => void;
}

const turns = new WeakMap<RemoteService, number>();

/**
 * Hands a request to a replica, the next one at each turn; one that is going or gone, and did not say that it acts upon it, leaves it to the next.
 * Never rejects.
 */
export async function toReplica(service: RemoteService, { req, res, refused }: ToReplica): Promise<void> {
  let body: Buffer;
  try {
    // Small, and wanted whole, so that it can be sent again.
    body = (req as DoorRequest)[doorBody] ?? (await readBody(req, limits.formBytes, req.headers['content-length']));
  } catch (thrown) {
    const error = wireError(thrown);
    refused?.(error);
    if (res.headersSent || res.destroyed) return void res.destroy();
    return answerHere(res, error);
  }
  const { replicas } = service;
  const turn = turns.get(service) ?? 0;
  turns.set(service, (turn + 1) % replicas.length);
  const tryFrom = (tried: number): void => {
    const base = replicas[(turn + tried) % replicas.length] ?? replicas[0];
    const failed = (cause: Error, taken: boolean): void => {
      // Each once, and the first once more: the connection that was kept to it may have been at fault.
      if (tried < replicas.length && !taken && isGone(cause) && !res.destroyed) tryFrom(tried + 1);
      else away(res, cause);
    };
    ask(base, { req, res, body, failed });
  };
  tryFrom(0);
}

const gone = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

const isGone = ({ code }: NodeJS.ErrnoException): boolean => code !== undefined && gone.has(code);

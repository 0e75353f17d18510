import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedProof } from '@chancery/oauth';
import { type DoorRequest, doorRequestId, newId } from '@chancery/platform';
import type { Stated } from './baggage.js';
import type { Match } from './match-route.js';
import type { VerifiedToken } from './verified-tokens.js';

/** One call at the enforcement point, and what was verified about it so far. */
export interface Call {
  readonly requestId: string;
  readonly method: string;
  /** Network address it came from. */
  readonly source: string;
  /** Normalised; absent while the target has no single reading. */
  path?: string;
  match?: Match;
  scheme?: 'DPoP' | 'Bearer';
  /** Set once its signature held, whatever else turns out to be wrong with it. */
  token?: VerifiedToken;
  proof?: VerifiedProof;
  /** What is said about it outside its proof, and nobody vouches for. */
  baggage?: Stated;
}

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export const beginCall = (req: IncomingMessage): Call => ({
  requestId: (req as DoorRequest)[doorRequestId] ?? newId('rq'),
  method: req.method ?? '',
  source: req.socket.remoteAddress ?? 'unknown',
});

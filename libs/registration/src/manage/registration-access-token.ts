import { timingSafeEqual } from 'node:crypto';
import { agent, type KnownAgent } from '@chancery/domain';
import type { EventStore, Folded } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { newSecret, ratShape, sha256base64url } from '@chancery/platform';
import { digest, unauthorized } from '../register/initial-access-token.js';

/** Opaque to everybody but us: the agent's id, a dot, 256 random bits. */
export function mintRat(agentId: string): { rat: string; ratHash: string } {
  const rat = `${agentId}.${newSecret()}`;
  return { rat, ratHash: sha256base64url(rat) };
}

export interface PresentedRat {
  /** Whose it says that it is. */
  readonly agentId: string;
  readonly token: string;
}

/** @throws OAuthError 401: without `error` when none came, `invalid_token` for what cannot be one (MGT-01) */
export function presentedRat(authorization: string | readonly string[] | undefined): PresentedRat {
  if (authorization === undefined) throw unauthorized('rat_missing', true);
  const [, token] = /^Bearer ([^ ,]+)$/i.exec(typeof authorization === 'string' ? authorization : '') ?? [];
  const agentId = token === undefined ? undefined : ratShape.exec(token)?.[1];
  if (token === undefined || agentId === undefined) throw unauthorized('rat_invalid');
  return { agentId, token };
}

export interface Holder {
  readonly found: Folded<KnownAgent>;
  readonly rat: 'current' | 'previous';
}

/** The agent whose token was shown, by its hash and in constant time; unknown and wrong cost and say the same (MGT-02, S-004). */
export async function readHolder({ agentId, token }: PresentedRat, store: EventStore): Promise<Holder> {
  const found = await store.fold(streamName('agent', agentId), agent, 'fresh');
  const { state } = found;
  const known = state.status === 'unknown' ? undefined : state;
  const shown = digest(sha256base64url(token));
  const isCurrent = timingSafeEqual(shown, digest(known?.ratHash ?? ''));
  const isPrevious = timingSafeEqual(shown, digest(known?.previousRat?.hash ?? ''));
  if (!known || (!isCurrent && !isPrevious)) throw unauthorized('rat_invalid');
  return { found: { ...found, state: known }, rat: isCurrent ? 'current' : 'previous' };
}

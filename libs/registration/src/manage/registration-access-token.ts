import { agent, type KnownAgent } from '@chancery/domain';
import type { EventStore, Folded } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { ratShape } from '@chancery/platform';
import { isOpaque, mintOpaque, presentedOpaque, unauthorized } from '../opaque-token.js';

/** A registration access token of an agent (MGT-01). */
export function mintRat(agentId: string): { rat: string; ratHash: string } {
  const { token, tokenHash } = mintOpaque(agentId);
  return { rat: token, ratHash: tokenHash };
}

export interface PresentedRat {
  /** Whose it says that it is. */
  readonly agentId: string;
  readonly token: string;
}

/** @throws OAuthError 401 (MGT-01) */
export function presentedRat(authorization: string | readonly string[] | undefined): PresentedRat {
  const { id, token } = presentedOpaque(authorization, ratShape, 'rat');
  return { agentId: id, token };
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
  const isCurrent = isOpaque(token, known?.ratHash);
  const isPrevious = isOpaque(token, known?.previousRat?.hash);
  if (!known || (!isCurrent && !isPrevious)) throw unauthorized('rat_invalid');
  return { found: { ...found, state: known }, rat: isCurrent ? 'current' : 'previous' };
}

import { type AgentState, type KnownAgent, type KnownIat, reissuing } from '@chancery/domain';
import { again, type EventStore, type Folded } from '@chancery/eventstore';
import { limits } from '@chancery/oauth';
import { newSecret, sha256base64url, type VerifiedProof } from '@chancery/platform';
import { mintRat } from '../manage/registration-access-token.js';
import { unauthorized } from '../opaque-token.js';
import { refuseSpent } from './proved-key.js';
import type { RegistrationAnswer } from './register.js';

export interface LostAnswer {
  /** The agent that the same registration made before. */
  readonly before: Folded<AgentState>;
  readonly iat: Folded<KnownIat>;
  readonly proof: VerifiedProof;
}

/**
 * The answer to a registration once more, with a fresh registration access token and secret that void the first ones.
 * @returns undefined where the first answer has arrived, or is too long ago: then another agent is asked for
 */
export async function answerAgain(
  { before, iat, proof }: LostAnswer,
  store: EventStore,
): Promise<RegistrationAnswer | typeof again | undefined> {
  const at = Math.floor(store.now());
  const { rat, ratHash } = mintRat(before.state.status === 'unknown' ? '' : before.state.agentId);
  const secret = newSecret();
  const decision = reissuing.decide(
    {
      type: 'reissue-credentials',
      at,
      iat: iat.state,
      window: limits.registrationRetrySeconds,
      ratHash,
      secretHash: sha256base64url(secret),
    },
    before.state,
  );
  if (!decision.ok) return undefined;

  const recorded = await store.append({
    streams: [{ stream: before.guard.stream, expected: before.revision, events: decision.events }],
    reserve: [proof.reservation],
    unchanged: [iat.guard],
    notRevoked: [{ kind: 'iat', id: iat.state.iatId }],
  });
  if (recorded.outcome === 'stale') return again;
  if (recorded.outcome === 'revoked') throw unauthorized('iat_revoked');
  if (recorded.outcome !== 'recorded') throw refuseSpent(recorded);
  const event = decision.events.reduce(reissuing.evolve, before.state) as KnownAgent;
  return { event, rat, ...(event.secretHash !== undefined && { secret }) };
}

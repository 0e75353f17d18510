import { type ConfigState, type KnownIat, type RegisterAgent, registering } from '@chancery/domain';
import { again, type EventStore, type Folded, lastingReservation, type Reservation } from '@chancery/eventstore';
import { type AgentEvent, streamName } from '@chancery/events';
import { attemptTwice, attribute, newAgentId, newSecret, readConfig, sha256base64url } from '@chancery/platform';
import { presentedIat, readIat, unauthorized } from './initial-access-token.js';
import { refusedRegistration, refuseProof } from './refusals.js';
import { parseMetadata } from './request.js';
import { lowestFree, type Slots } from './slots.js';

export interface RegistrationRequest {
  readonly authorization: string | readonly string[] | undefined;
  /** The `DPoP` field as it came. */
  readonly proof: string | readonly string[] | undefined;
  readonly body: Uint8Array;
}

export interface RegistrationAnswer {
  readonly event: Extract<AgentEvent, { type: 'agent.registered' }>;
  /** Seconds: when it was recorded. */
  readonly issuedAt: number;
  /** `token_endpoint_auth_signing_alg` as it was asked for: every key is for it alone. */
  readonly signingAlg?: string;
  /** Shown in this answer and nowhere else. */
  readonly secret?: string;
}

export interface RegisterDeps {
  readonly store: EventStore;
  readonly slots: Slots;
}

/** RFC 7591 §3 behind an initial access token: one use of it, the agent and its `client_id` are one append (IAT-03). */
export function registerAgent(request: RegistrationRequest, deps: RegisterDeps): Promise<RegistrationAnswer> {
  const presented = presentedIat(request.authorization);
  const secret = newSecret();
  return attemptTwice<RegistrationAnswer>(async (reading) => {
    const iat = await readIat(presented, deps.store, reading);
    try {
      refuseProof(request.proof);
      const { signingAlg, ...asked } = parseMetadata(request.body);
      const withSecret = asked.authMethod === 'client_secret_basic';
      const attempt: Attempt = {
        iat,
        config: await readConfig(deps.store, reading),
        asked: withSecret ? { ...asked, secretHash: sha256base64url(secret) } : asked,
      };
      const registered = await deps.slots.inTurn(presented.iatId, () => takeUse(attempt, deps));
      if (registered === again) return again;
      return { ...registered, ...(signingAlg !== undefined && { signingAlg }), ...(withSecret && { secret }) };
    } catch (error) {
      throw attribute(error, { iat: presented.iatId });
    }
  });
}

interface Attempt {
  readonly iat: Folded<KnownIat>;
  readonly config: Folded<ConfigState>;
  readonly asked: RegisterAgent['asked'];
}

/** Told "reserved", it tries the next use; the decider says when there is none left. */
async function takeUse({ iat, config, asked }: Attempt, { store, slots }: RegisterDeps): Promise<RegistrationAnswer | typeof again> {
  const { iatId, uses } = iat.state;
  for (let slot = slots.first(iatId), misses = 0; ; misses++) {
    const agentId = newAgentId();
    const at = Math.floor(store.now());
    const command = { type: 'register-agent' as const, at, agentId, iat: iat.state, config: config.state, slot, asked };
    const decision = registering.decide(command, registering.initial);
    if (!decision.ok) throw refusedRegistration(decision.refusal);

    const recorded = await store.append({
      streams: [{ stream: streamName('agent', agentId), expected: 0, events: decision.events }],
      reserve: [useOf(iatId, slot)],
      unchanged: [iat.guard, config.guard],
      notRevoked: [{ kind: 'iat', id: iatId }],
    });
    if (recorded.outcome === 'stale') return again;
    if (recorded.outcome === 'revoked') throw unauthorized('iat_revoked');
    slots.taken(iatId, slot);
    if (recorded.outcome === 'recorded') return { event: decision.events[0], issuedAt: Math.floor(recorded.at / 1_000_000) };
    const known = slot;
    // One miss is a neighbour who was faster; two, a token that others have used for long.
    slot = misses === 0 ? slot + 1 : await lowestFree(slot, uses, (other) => isTaken(iatId, { other, known }, store));
    slots.taken(iatId, slot - 1);
  }
}

const useOf = (iatId: string, slot: number): Reservation => lastingReservation('iat-slot', [iatId, String(slot)]);

/** Asks for a use together with one that is known to be taken, so that it is never got: which of the two is named as missing tells. */
async function isTaken(iatId: string, { other, known }: { other: number; known: number }, store: EventStore): Promise<boolean> {
  const looked = await store.append({ streams: [], reserve: [useOf(iatId, other), useOf(iatId, known)] });
  return looked.outcome !== 'reserved' || looked.taken === 0;
}

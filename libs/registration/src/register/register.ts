import { agent, type RegisterAgent } from '@chancery/domain';
import { again, type EventStore, lastingReservation, type Reading } from '@chancery/eventstore';
import { type AgentEvent, streamName } from '@chancery/events';
import { attemptTwice, newAgentId, newSecret, readConfig, sha256base64url } from '@chancery/platform';
import { presentedIat, readIat, unauthorized } from './initial-access-token.js';
import { refusedRegistration } from './refusals.js';
import { parseMetadata } from './request.js';

export type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

export interface RegistrationAnswer {
  readonly event: Registered;
  /** Seconds: when it was recorded. */
  readonly issuedAt: number;
  /** Shown in this answer and nowhere else. */
  readonly secret?: string;
}

export interface RegisterDeps {
  readonly store: EventStore;
  /** The lowest use of an IAT that this process does not know to be taken: a place to begin looking, never a decision. */
  readonly slots: SlotHints;
}

/** RFC 7591 §3 behind an initial access token: one use of it, the agent and its `client_id` are one append (IAT-03). */
export async function registerAgent(
  request: { authorization: string | readonly string[] | undefined; body: Uint8Array },
  deps: RegisterDeps,
): Promise<RegistrationAnswer> {
  const presented = presentedIat(request.authorization);
  const asked = parseMetadata(request.body);
  const secret = asked.authMethod === 'client_secret_basic' ? newSecret() : undefined;
  const attempt: Attempt = { presented, asked: secret === undefined ? asked : { ...asked, secretHash: sha256base64url(secret) } };
  const registered = await attemptTwice<RegistrationAnswer>((reading) => firstFreeSlot(attempt, reading, deps));
  return secret === undefined ? registered : { ...registered, secret };
}

interface Attempt {
  readonly presented: { iatId: string; token: string };
  readonly asked: RegisterAgent['asked'];
}

/** Told "reserved", it tries the next use; the decider says when there is none left. */
async function firstFreeSlot(attempt: Attempt, reading: Reading, deps: RegisterDeps): Promise<RegistrationAnswer | typeof again> {
  const { store, slots } = deps;
  const { iatId } = attempt.presented;
  const iat = await readIat(attempt.presented, store, reading);
  const config = await readConfig(store, reading);
  for (let slot = slots.first(iatId); ; slot++) {
    const agentId = newAgentId();
    const at = Math.floor(store.now());
    const command = { type: 'register-agent' as const, at, agentId, iat: iat.state, config: config.state, slot, asked: attempt.asked };
    const decision = agent.decide(command, agent.initial);
    if (!decision.ok) throw refusedRegistration(decision.refusal as Parameters<typeof refusedRegistration>[0]);

    const recorded = await store.append({
      streams: [{ stream: streamName('agent', agentId), expected: 0, events: decision.events }],
      reserve: [lastingReservation('iat-slot', [iatId, String(slot)])],
      unchanged: [iat.guard, config.guard],
      notRevoked: [{ kind: 'iat', id: iatId }],
    });
    if (recorded.outcome === 'stale') return again;
    if (recorded.outcome === 'revoked') throw unauthorized('iat_revoked');
    slots.taken(iatId, slot);
    if (recorded.outcome === 'recorded') return { event: decision.events[0] as Registered, issuedAt: Math.floor(recorded.at / 1_000_000) };
  }
}

/** Bounded: what falls out is looked for again from the first use. */
export class SlotHints {
  readonly #next = new Map<string, number>();

  first(iatId: string): number {
    return this.#next.get(iatId) ?? 1;
  }

  taken(iatId: string, slot: number): void {
    if (this.#next.size >= 10_000) this.#next.clear();
    this.#next.set(iatId, Math.max(this.first(iatId), slot + 1));
  }
}

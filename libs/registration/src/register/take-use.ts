import { classOf, type ConfigState, type IatClass, type KnownIat, type RegisterAgent, registering } from '@chancery/domain';
import { again, type Folded, type Reservation } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { newAgentId } from '@chancery/platform';
import { mintRat } from '../manage/registration-access-token.js';
import type { Shown } from './answer.js';
import { unauthorized } from '../opaque-token.js';
import { admissionsOf, hourOf, type Line, passOver, usesOf } from './line.js';
import { refuseSpent } from './proved-key.js';
import { counts, departuresKnown, makeRoom, type QuotaDeps, uncountedOf } from './quota/class-quota.js';
import { refusedRegistration } from './refusals.js';

export interface Attempt {
  readonly iat: Folded<KnownIat>;
  readonly config: Folded<ConfigState>;
  readonly asked: RegisterAgent['asked'];
  /** The single use of what was proven. */
  readonly proofs: readonly Reservation[];
  /** By which the same registration is found again. */
  readonly agentId?: string;
}

export interface Taken {
  readonly event: Shown['event'];
  /** Manages the registration. Shown in this answer and nowhere else. */
  readonly rat: string;
}

/** One agent, with a use of its token and its places in a class that counts. Registrations of such a class come one after the other. */
export async function takeUse(attempt: Attempt, deps: QuotaDeps): Promise<Taken | typeof again> {
  const iatClass = classOf(attempt.config.state, attempt.iat.state.class);
  if (!iatClass || !counts(iatClass)) return takePlaces(attempt, { iatClass, uncounted: 0 }, deps);
  return deps.slots.inTurn(`class ${iatClass.class}`, async () => {
    const uncounted = iatClass.maxAgents === undefined ? 0 : await uncountedOf(iatClass.class, deps);
    return takePlaces(attempt, { iatClass, uncounted }, deps);
  });
}

interface Counting {
  readonly iatClass: IatClass | undefined;
  /** Who registered before the class counted. */
  readonly uncounted: number;
}

/** Who finds a class full of agents that have ended makes room that often; more of them are for the next one. */
const mostRounds = 8;

/** Told "reserved", it tries the next number of that line; the decider says when there is none left. */
async function takePlaces(attempt: Attempt, counting: Counting, deps: QuotaDeps): Promise<Taken | typeof again> {
  const { store, slots } = deps;
  const misses = new Map<Line['name'], number>();
  for (let rounds = 0; ;) {
    const agentId = attempt.agentId ?? newAgentId();
    const { rat, ratHash } = mintRat(agentId);
    const at = Math.floor(store.now());
    const { command, places } = tryFor(attempt, counting, { at, slots });
    const decision = registering.decide({ ...command, agentId, ratHash }, registering.initial);
    if (!decision.ok) {
      const full = decision.refusal === 'class_full' && counting.iatClass !== undefined;
      if (full && rounds++ < mostRounds && (await makeRoom(counting.iatClass.class, deps))) continue;
      throw refusedRegistration(decision.refusal, at);
    }

    const recorded = await store.append({
      streams: [{ stream: streamName('agent', agentId), expected: 0, events: decision.events }],
      reserve: [...attempt.proofs, ...places.map(({ line, number }) => line.place(number))],
      unchanged: [attempt.iat.guard, attempt.config.guard],
      notRevoked: [{ kind: 'iat', id: attempt.iat.state.iatId }],
    });
    switch (recorded.outcome) {
      case 'stale':
        return again;
      case 'revoked':
        throw unauthorized('iat_revoked');
      case 'expired':
        throw refuseSpent(recorded);
      case 'recorded':
        for (const { line, number } of places) slots.taken(line.name, number);
        return { event: decision.events[0], rat };
      case 'reserved': {
        const lost = places[recorded.taken - attempt.proofs.length];
        if (!lost) throw refuseSpent(recorded);
        const missed = (misses.get(lost.line.name) ?? 0) + 1;
        misses.set(lost.line.name, missed);
        await passOver(lost.line, { taken: lost.number, misses: missed }, deps);
      }
    }
  }
}

interface Place {
  readonly line: Line;
  readonly number: number;
}

/** The next number of each line, as this process knows them, and what is asked of the decider with them. */
function tryFor(
  { iat, config, asked }: Attempt,
  { iatClass, uncounted }: Counting,
  { at, slots }: { at: number; slots: QuotaDeps['slots'] },
): { command: Omit<RegisterAgent, 'agentId' | 'ratHash'>; places: readonly Place[] } {
  const next = (line: Line): Place => ({ line, number: slots.first(line.name) });
  const use = next(usesOf(iat.state.iatId, iat.state.uses));
  const basis = { type: 'register-agent' as const, at, iat: iat.state, config: config.state, slot: use.number, asked };
  if (!iatClass) return { command: basis, places: [use] };
  const { class: name, maxAgents, registrationsPerHour } = iatClass;
  const departed = departuresKnown(name, slots);
  const admission = maxAgents === undefined ? undefined : next(admissionsOf(name, maxAgents - uncounted + departed));
  const ofHour = registrationsPerHour === undefined ? undefined : next(hourOf(name, registrationsPerHour, at));
  return {
    command: {
      ...basis,
      ...(admission && { admission: { number: admission.number, uncounted, departed } }),
      ...(ofHour && { ofHour: ofHour.number }),
    },
    places: [use, admission, ofHour].filter((place) => place !== undefined),
  };
}

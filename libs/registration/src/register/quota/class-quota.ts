import { setTimeout as pause } from 'node:timers/promises';
import { agent, departing, iat, type IatClass } from '@chancery/domain';
import { type EventStore, type Folded, lastingReservation, type Reservation } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { departuresOf, isTaken, passOver } from '../line.js';
import type { Slots } from '../slots.js';
import type { ClassMembers } from './class-members.js';

export interface QuotaDeps {
  readonly store: EventStore;
  readonly slots: Slots;
  readonly members: ClassMembers;
}

/** Whether registrations of a class are counted at all; those of a class that are not never wait for each other. */
export const counts = ({ maxAgents, registrationsPerHour }: IatClass): boolean =>
  maxAgents !== undefined || registrationsPerHour !== undefined;

/** How many have left a class, as far as this process knows: too few refuses too early, never too late. */
export const departuresKnown = (iatClass: string, slots: Slots): number => slots.first(departuresOf(iatClass).name) - 1;

/**
 * How many registered under a class before it counted. Settled by its definitions and by what was recorded before the first of those that count.
 * @throws OAuthError `temporarily_unavailable` (503) while that is still being told
 */
export async function uncountedOf(iatClass: string, { store, members }: QuotaDeps): Promise<number> {
  const began = await countingSince(iatClass, store);
  if (began === undefined) return 0;
  for (let look = 0; look < 40; look++) {
    const uncounted = await members.uncounted(iatClass, began);
    if (uncounted !== undefined) return uncounted;
    await pause(25);
  }
  throw new OAuthError('temporarily_unavailable', { refusal: 'class_not_counted_yet', retryAfter: 1 });
}

/** The revision of *config* at which a class began to count its agents; undefined: it did from its first definition. */
async function countingSince(iatClass: string, store: EventStore): Promise<number | undefined> {
  const history = await store.read(streamName('config', 'main'));
  const defined = history.filter(({ event }) => event.type === 'config.class-defined' && event.class === iatClass);
  const lastUncounted = defined.findLastIndex(({ event }) => event.type === 'config.class-defined' && event.maxAgents === undefined);
  return lastUncounted === -1 ? undefined : defined[lastUncounted + 1]?.revision;
}

/** Finds departures that this process had not heard of, else takes off the class who has ended. False: everybody counted lives. */
export async function makeRoom(iatClass: string, deps: QuotaDeps): Promise<boolean> {
  if (await learnDepartures(iatClass, deps)) return true;
  let room = false;
  for (const agentId of await deps.members.leaving(iatClass, deps.store.now())) room = (await depart(agentId, iatClass, deps)) || room;
  return room;
}

async function learnDepartures(iatClass: string, { store, slots }: QuotaDeps): Promise<boolean> {
  const anchor = await anchorOf(iatClass, { store, slots });
  const line = departuresOf(iatClass);
  const next = slots.first(line.name);
  if (!(await isTaken(line.place(next), anchor, store))) return false;
  await passOver(line, { taken: next, misses: 2 }, { store, slots });
  return true;
}

/** A place that is taken, to look at others by; whoever is first takes it. */
async function anchorOf(iatClass: string, { store, slots }: Pick<QuotaDeps, 'store' | 'slots'>): Promise<Reservation> {
  const anchor = lastingReservation('class-counted', [iatClass]);
  const name = `anchor of ${iatClass}`;
  if (slots.first(name) > 1) return anchor;
  await store.append({ streams: [], reserve: [anchor] });
  slots.taken(name, 1);
  return anchor;
}

/** The event and its number are one append at the agent's exact revision: nobody leaves twice, and nobody who was just renewed. */
async function depart(agentId: string, iatClass: string, { store, slots }: QuotaDeps): Promise<boolean> {
  const stream = streamName('agent', agentId);
  const { state, revision } = await store.fold(stream, agent, 'fresh');
  const root = await rootOf(state.status === 'unknown' ? undefined : state.iatId, store);
  const line = departuresOf(iatClass);
  for (let misses = 1; ; misses++) {
    const departure = slots.first(line.name);
    const decision = departing.decide({ type: 'depart-agent', at: Math.floor(store.now()), iat: root.state, departure }, state);
    if (!decision.ok) return false;
    const recorded = await store.append({
      streams: [{ stream, expected: revision, events: decision.events }],
      reserve: [line.place(departure)],
    });
    if (recorded.outcome === 'recorded') slots.taken(line.name, departure);
    if (recorded.outcome !== 'reserved') return recorded.outcome === 'recorded';
    await passOver(line, { taken: departure, misses }, { store, slots });
  }
}

const rootOf = (iatId: string | undefined, store: EventStore): Promise<Folded<ReturnType<typeof iat.evolve>>> =>
  store.fold(streamName('iat', iatId ?? 'none'), iat, 'fresh');

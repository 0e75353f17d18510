import type { ChanceryEvent } from '@chancery/events';
import fc from 'fast-check';
import { agentStream, grantStream } from '../../contract-suite/appends.js';
import {
  agentRegistered,
  agentResumed,
  agentSuspended,
  grantRevoked,
  newGrantId,
  newId,
  tokenIssued,
} from '../../contract-suite/sample-events.js';
import type { Append, Reservation } from '../../contract.js';
import { lastingReservation, reservation } from '../../keys.js';

export type Subject = 'agent' | 'grant';

/** The streams and artefacts of one story: few, so that appends meet. */
export interface Scene {
  readonly ids: Readonly<Record<Subject, readonly string[]>>;
  readonly artefacts: readonly Reservation[];
}

/** Ends of artefacts in seconds from the story's beginning, on both sides of both borders of what may be reserved. */
const ends = [-62, -61, -60, -59, 30, 1_199, 1_200, 1_201, 1_230];

const three = <T>(make: () => T): T[] => Array.from({ length: 3 }, make);

/** Two artefacts that last and one for each of `ends`. An artefact has one end, as `reservation` promises. `at` in whole seconds. */
export function newScene(at: number): Scene {
  const id = newId('r');
  return {
    ids: { agent: three(() => newId('ag')), grant: three(newGrantId) },
    artefacts: [
      ...['1', '2'].map((slot) => lastingReservation('slot', [id, slot])),
      ...ends.map((end) => reservation('proof', [id, String(end)], at + end)),
    ],
  };
}

const streamOf = ({ ids }: Scene, subject: Subject, which: number): string =>
  (subject === 'agent' ? agentStream : grantStream)(ids[subject][which] ?? '');

export const streamsOf = (scene: Scene): string[] =>
  (['agent', 'grant'] as const).flatMap((subject) => [0, 1, 2].map((which) => streamOf(scene, subject, which)));

/** The first begins, the second ends (a fence, and an entry of the revocation set), the third does neither. */
const makers: Readonly<Record<Subject, readonly ((id: string) => ChanceryEvent)[]>> = {
  agent: [agentRegistered, agentSuspended, agentResumed],
  grant: [tokenIssued, grantRevoked, tokenIssued],
};

const which = fc.nat({ max: 2 });
const subjects = fc.constantFrom<Subject>('agent', 'grant');
const seldom = <T>(arbitrary: fc.Arbitrary<T>, usual: T) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });

/** One wish, relative to how things stand when its turn comes. Whose streams it writes decides which service asks. */
const wish = fc.record({
  /** Seconds that pass before it. */
  pause: seldom(
    fc.integer({ min: 1, max: 3_000 }).map((milliseconds) => milliseconds / 1_000),
    0,
  ),
  subject: subjects,
  parts: fc.uniqueArray(
    fc.record({ which, off: seldom(fc.constantFrom(-1, 1), 0), events: fc.array(which, { minLength: 1, maxLength: 3 }) }),
    { selector: (part) => part.which, maxLength: 2 },
  ),
  reserve: seldom(fc.uniqueArray(fc.nat({ max: ends.length + 1 }), { minLength: 1, maxLength: 3 }), []),
  unchanged: fc.array(fc.record({ subject: subjects, which, back: fc.constantFrom(0, 0, 0, 1, 2) }), { maxLength: 2 }),
  /** `since` in seconds from now: around T, which is the second after an end. */
  notRevoked: fc.array(fc.record({ subject: subjects, which, since: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }) }), {
    maxLength: 2,
  }),
});

export type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never;

/** What writes nothing must reserve something: no store takes an append that does neither. */
export const wishes = (lengths: { minLength: number; maxLength: number }): fc.Arbitrary<Wish[]> =>
  fc.array(
    wish.filter(({ parts, reserve }) => parts.length + reserve.length > 0),
    { ...lengths, size: 'max' },
  );

/** The append that a wish is now: `revisionOf` its streams, and `at` in whole seconds. */
export function appendOf({ subject, parts, ...rest }: Wish, scene: Scene, now: { at: number; revisionOf(stream: string): number }): Append {
  const streams = parts.map(({ which: place, off, events }) => {
    const stream = streamOf(scene, subject, place);
    const id = scene.ids[subject][place] ?? '';
    const made = events.flatMap((kind) => makers[subject][kind]?.(id) ?? []);
    return { stream, expected: Math.max(0, now.revisionOf(stream) + off), events: made };
  });
  // PostgreSQL learns that a stream is there already when it writes, after the reservations: of two losses it then names the other one first.
  const beginsAgain = streams.some(({ stream, expected }) => expected === 0 && now.revisionOf(stream) > 0);
  return {
    streams,
    reserve: beginsAgain ? [] : rest.reserve.flatMap((place) => scene.artefacts[place] ?? []),
    unchanged: rest.unchanged.map((guard) => {
      const stream = streamOf(scene, guard.subject, guard.which);
      return { stream, revision: Math.max(0, now.revisionOf(stream) - guard.back) };
    }),
    notRevoked: rest.notRevoked.map(({ subject: kind, which: place, since }) => ({
      kind,
      id: scene.ids[kind][place] ?? '',
      ...(since !== undefined && { since: now.at + since }),
    })),
  };
}

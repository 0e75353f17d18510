import { type EventStore, lastingReservation, type Reservation } from '@chancery/eventstore';
import { lowestFree, type Slots } from './slots.js';

/** Numbers that are taken one after the other from 1, each once and for ever: the uses of a token, the agents of a class. */
export interface Line {
  /** What this process remembers it by. */
  readonly name: string;
  /** No higher one is asked for. */
  readonly last: number;
  place(number: number): Reservation;
}

export const usesOf = (iatId: string, uses: number): Line => ({
  name: iatId,
  last: uses,
  place: (slot) => lastingReservation('iat-slot', [iatId, String(slot)]),
});

/** Who came into a class that counts its agents. */
export const admissionsOf = (iatClass: string, last: number): Line => ({
  name: `admissions of ${iatClass}`,
  last,
  place: (number) => lastingReservation('class-admission', [iatClass, String(number)]),
});

/** Who left it. */
export const departuresOf = (iatClass: string): Line => ({
  name: `departures of ${iatClass}`,
  last: 2 ** 31,
  place: (number) => lastingReservation('class-departure', [iatClass, String(number)]),
});

/** The registrations of a class in one hour of the clock. `at` in seconds. */
export const hourOf = (iatClass: string, last: number, at: number): Line => {
  const hour = String(Math.floor(at / 3_600));
  return {
    name: `hour ${hour} of ${iatClass}`,
    last,
    place: (number) => lastingReservation('class-hour', [iatClass, hour, String(number)]),
  };
};

/**
 * Goes on behind a place that somebody has. One miss is a neighbour who was faster; two, a line that others have stood in for long, so
 * that its end is looked for.
 */
export async function passOver(
  line: Line,
  { taken, misses }: { taken: number; misses: number },
  { store, slots }: { store: EventStore; slots: Slots },
): Promise<void> {
  slots.taken(line.name, taken);
  if (misses < 2) return;
  const free = await lowestFree(taken, line.last, (other) => isTaken(line.place(other), line.place(taken), store));
  slots.taken(line.name, free - 1);
}

/** Asks for a place together with one that is known to be taken, so that it is never got: which of the two is named as missing tells. */
export async function isTaken(place: Reservation, known: Reservation, store: EventStore): Promise<boolean> {
  const looked = await store.append({ streams: [], reserve: [place, known] });
  return looked.outcome !== 'reserved' || looked.taken === 0;
}

import { aliveUntil, type RevocationEntry, RevocationSet } from '@chancery/eventstore';
import { type RevocationKind, revocationKinds } from '@chancery/events';
import type { SignedBeat, SignedEntry } from '@chancery/oauth';

/** What a heartbeat told about the set held: the same, another one, or nothing because more is held already than it covers. */
export type Comparison = 'equal' | 'different' | 'ahead';

/** Microseconds. The lane sends its whole set again now and then, and an entry may end on its way. */
const onItsWay = 60_000_000;

/** A revocation set as far as it was heard, from verified records alone. */
export class AppliedSet {
  readonly set = new RevocationSet();
  #highest: RevocationEntry | undefined;
  #through = 0;
  #confirmed = 0;
  #doubted = false;

  /** T in microseconds: every revocation that was answered before it is in here. 0: nothing is known. */
  get through(): number {
    return this.#through;
  }

  /**
   * T in microseconds of the last heartbeat that was not about another set: what may be acknowledged. A heartbeat may overtake an entry it covers, and
   * what was lost is missing until the set is loaded again.
   */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** `over`: no living token can be hit by it any more, so taking it in would only spoil the digest; `long_over`: nobody sends it any more. */
  enter(signed: SignedEntry): 'new' | 'known' | 'over' | 'long_over' | 'kind_unknown' {
    const { kind, id, t, position, at } = signed;
    if (!isKind(kind)) return 'kind_unknown';
    const entry: RevocationEntry = { kind, id, t, position, at };
    if (aliveUntil(entry) <= this.#through) return aliveUntil(entry) + onItsWay <= this.#through ? 'long_over' : 'over';
    if (!this.set.apply(entry)) return 'known';
    if (this.#highest === undefined || position > this.#highest.position) this.#highest = entry;
    return 'new';
  }

  /** Is complete through the beat's T from now on, if that is news. Undefined for a beat that is none. */
  complete(beat: SignedBeat): Comparison | undefined {
    if (beat.through <= this.#through) return undefined;
    this.#through = beat.through;
    this.set.expire(beat.through);
    const compared = this.#compare(beat);
    if (compared !== 'ahead') this.#doubted = compared === 'different';
    if (!this.#doubted) this.#confirmed = beat.through;
    return compared;
  }

  #compare(beat: SignedBeat): Comparison {
    // Entries come as they are committed and may overtake the beat of another replica.
    const highest = this.#highest;
    if (highest !== undefined && highest.position > beat.position && aliveUntil(highest) > beat.through) return 'ahead';
    return this.set.size === beat.entries && this.set.digest() === beat.digest ? 'equal' : 'different';
  }
}

const isKind = (kind: string): kind is RevocationKind => (revocationKinds as readonly string[]).includes(kind);

/**
 * What this process knows of the uses of initial access tokens: a place to begin looking, never a decision. Use n is only ever tried by who was
 * told that use n - 1 is taken, so the taken ones are the first ones.
 */
export class Slots {
  readonly #next = new Map<string, number>();
  readonly #turns = new Map<string, Promise<unknown>>();

  /** The lowest use that is not known to be taken. */
  first(iatId: string): number {
    return this.#next.get(iatId) ?? 1;
  }

  taken(iatId: string, slot: number): void {
    // Bounded: what falls out is looked for again.
    if (this.#next.size >= 10_000) this.#next.clear();
    this.#next.set(iatId, Math.max(this.first(iatId), slot + 1));
  }

  /** One registration of an IAT after the other: they want the same use, and in one call of the store a look at it could be taken for its taking. */
  async inTurn<T>(iatId: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(iatId) ?? Promise.resolve()).then(work, work);
    this.#turns.set(iatId, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(iatId) === mine) this.#turns.delete(iatId);
    }
  }
}

/**
 * The lowest free use above `taken`, in about twice log2(uses) looks; `uses + 1` when there is none. It looks at the last one first: a token that
 * is used up costs one look.
 */
export async function lowestFree(taken: number, uses: number, isTaken: (slot: number) => Promise<boolean>): Promise<number> {
  if (taken >= uses || (await isTaken(uses))) return uses + 1;
  let low = taken;
  let free = uses;
  for (let step = 1; low + step < free; step *= 2) {
    if (await isTaken(low + step)) low += step;
    else free = low + step;
  }
  while (free - low > 1) {
    const middle = Math.floor((low + free) / 2);
    if (await isTaken(middle)) low = middle;
    else free = middle;
  }
  return free;
}

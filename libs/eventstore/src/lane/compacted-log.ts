/** Values in the order they came, only the newest for each key: what a compacted topic holds. */
export class CompactedLog<Value> {
  readonly #newest = new Map<string, number>();
  #items: { readonly key: string; readonly value: Value; readonly number: number }[] = [];
  #last = 0;

  /** Numbers values from 1. */
  put(key: string, value: Value): number {
    this.#last += 1;
    this.#newest.set(key, this.#last);
    this.#items.push({ key, value, number: this.#last });
    if (this.#items.length > 64 && this.#items.length > 2 * this.#newest.size) this.#compact();
    return this.#last;
  }

  delete(key: string): void {
    this.#newest.delete(key);
  }

  /** The number of the newest value ever put. */
  get last(): number {
    return this.#last;
  }

  /** Up to `limit` values behind that number, oldest first, with the number to go on from. */
  after(number: number, limit: number): { values: readonly Value[]; through: number; full: boolean } {
    const values: Value[] = [];
    for (let index = this.#firstBehind(number); index < this.#items.length; index++) {
      const item = this.#items[index];
      if (!item || this.#newest.get(item.key) !== item.number) continue;
      values.push(item.value);
      if (values.length === limit) return { values, through: item.number, full: true };
    }
    return { values, through: this.#last, full: false };
  }

  #compact(): void {
    this.#items = this.#items.filter(({ key, number }) => this.#newest.get(key) === number);
  }

  #firstBehind(number: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.number ?? Infinity) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

import type { OAuthErrorCode } from '@chancery/oauth';

export interface Counted {
  readonly endpoint: string;
  readonly source: string;
  readonly reason: string;
  readonly error: OAuthErrorCode;
  /** Start of the minute, seconds. */
  readonly minute: number;
  count: number;
}

/** Refusals that nobody vouches for, counted by source, endpoint, reason and minute. Past `most` keys the source is `other`, so noise cannot fill the memory. */
export class Counts {
  #counted = new Map<string, Counted>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#counted.size;
  }

  add(seen: Omit<Counted, 'count'>): void {
    const found = this.#find(seen);
    if (found) found.count += 1;
    else this.#insert(this.#counted.size < this.most ? seen : { ...seen, source: 'other' });
  }

  /** Takes out what belongs to minutes before `minute`. */
  takeBefore(minute: number): readonly Counted[] {
    const due = [...this.#counted].filter(([, counted]) => counted.minute < minute);
    for (const [key] of due) this.#counted.delete(key);
    return due.map(([, counted]) => counted);
  }

  #find(seen: Omit<Counted, 'count'>): Counted | undefined {
    const own = this.#counted.get(keyOf(seen));
    // A full table counts newcomers together; those already in it go on by themselves.
    return own ?? (this.#counted.size < this.most ? undefined : this.#counted.get(keyOf({ ...seen, source: 'other' })));
  }

  #insert(seen: Omit<Counted, 'count'>): void {
    this.#counted.set(keyOf(seen), { ...seen, count: 1 });
  }
}

// Sources are addresses, all else is ours; none holds a line feed.
const keyOf = ({ source, endpoint, reason, error, minute }: Omit<Counted, 'count'>): string =>
  [source, endpoint, reason, error, minute].join('\n');

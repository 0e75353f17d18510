/** What a drill counted, and what it found of its invariants. */
export interface Books {
  readonly counts: ReadonlyMap<string, number | string>;
  /** Each invariant, with how many things break it, and the first few of them. */
  readonly invariants: ReadonlyMap<string, { readonly broken: number; readonly such: readonly unknown[] }>;
  count(name: string, value: number | string): void;
  hold(invariant: string, broken: readonly unknown[]): void;
  /** Whether there are invariants, and all of them hold: a drill that checked none has shown nothing. */
  held(): boolean;
}

const shown = 5;

export function openBooks(): Books {
  const counts = new Map<string, number | string>();
  const invariants = new Map<string, { broken: number; such: readonly unknown[] }>();
  return {
    counts,
    invariants,
    count: (name, value) => void counts.set(name, value),
    hold(invariant, broken) {
      const before = invariants.get(invariant) ?? { broken: 0, such: [] };
      invariants.set(invariant, { broken: before.broken + broken.length, such: [...before.such, ...broken].slice(0, shown) });
    },
    held: () => invariants.size > 0 && [...invariants.values()].every(({ broken }) => broken === 0),
  };
}

export interface BoundedCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  readonly size: number;
}

/** Keeps the `max` most recently used values. */
export function boundedCache<T extends object>(max: number): BoundedCache<T> {
  const entries = new Map<string, T>(); // a Map iterates in order of insertion, so the first is the least recently used
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.size > max ? entries.keys().next() : undefined;
      if (oldest?.done === false) entries.delete(oldest.value);
    },
    get size() {
      return entries.size;
    },
  };
}

/** Who wants to be told when something happened. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Answers how to stop being told. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves the next time it happens, and after `ms` milliseconds at the latest. */
  next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        hush();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const hush = this.add(done);
    });
  }
}

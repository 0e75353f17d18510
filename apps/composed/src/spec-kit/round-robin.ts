/** Runs an act at one door after the other; one that nobody listens at leaves it to the next. */
export type Doors = <T>(act: (at: string) => Promise<T>) => Promise<T>;

/** The smallest of load balancers. */
export function roundRobin(doors: readonly string[]): Doors {
  let turn = 0;
  return async (act) => {
    const first = turn++;
    let failure: unknown;
    for (let tried = 0; tried < doors.length; tried += 1) {
      try {
        return await act(doors[(first + tried) % doors.length] ?? '');
      } catch (error) {
        if (!nobodyListens(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  };
}

const nobodyListens = (error: unknown): boolean =>
  error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';

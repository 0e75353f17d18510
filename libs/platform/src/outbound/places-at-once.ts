import { limits } from '@chancery/oauth';

/** Fetches that may run at the same time. */
export interface Places {
  /** Gives one up again when it is called; undefined where none is free. */
  take(host: string): (() => void) | undefined;
}

/** So many in all, and so many of one host: whoever runs a slow one takes no place from all the others. */
export function placesAtOnce(): Places {
  const running = new Map<string, number>();
  let all = 0;
  return {
    take(host) {
      const here = running.get(host) ?? 0;
      if (all >= limits.fetchesAtOnce || here >= limits.fetchesAtOnceOfHost) return undefined;
      all += 1;
      running.set(host, here + 1);
      return () => {
        all -= 1;
        const left = (running.get(host) ?? 1) - 1;
        if (left === 0) running.delete(host);
        else running.set(host, left);
      };
    },
  };
}

/** An event whose revocation is in force here, and since when, in seconds by the database's clock. */
export interface AppliedPosition {
  readonly position: bigint;
  readonly at: number;
}

/** What was applied and has not been said yet. */
export interface RecentlyApplied {
  add(applied: AppliedPosition): void;
  /** All of it, once; nothing when there was more than is said one by one: T speaks for those as soon as a heartbeat covers them. */
  take(): readonly AppliedPosition[];
}

/** What is said one by one. A storm of revocations must not become one of acknowledgements. */
const mostAtOnce = 16;

export function recentlyApplied(): RecentlyApplied {
  let unsaid: AppliedPosition[] = [];
  return {
    add(applied) {
      // One more than is said tells that there were too many.
      if (unsaid.length <= mostAtOnce) unsaid.push(applied);
    },
    take() {
      const taken = unsaid.length > mostAtOnce ? [] : unsaid;
      unsaid = [];
      return taken;
    },
  };
}

interface Caller<Item> {
  readonly items: readonly Item[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Group commit: callers that arrive while one write is in flight go together in the next, without a timer. A write that fails fails for all that were in it.
 * `most` bounds a write in items; one caller's items are never parted.
 */
export function grouped<Item>(write: (items: readonly Item[]) => Promise<void>, most = 500): (items: readonly Item[]) => Promise<void> {
  const waiting: Caller<Item>[] = [];
  let writing = false;

  const nextGroup = (): Caller<Item>[] => {
    const group: Caller<Item>[] = [];
    let size = 0;
    for (let next = waiting[0]; next && (group.length === 0 || size + next.items.length <= most); next = waiting[0]) {
      group.push(next);
      size += next.items.length;
      waiting.shift();
    }
    return group;
  };
  const drain = async () => {
    writing = true;
    while (waiting.length > 0) {
      const group = nextGroup();
      try {
        await write(group.flatMap(({ items }) => items));
        for (const caller of group) caller.resolve();
      } catch (error) {
        for (const caller of group) caller.reject(error);
      }
    }
    writing = false;
  };
  return (items) =>
    items.length === 0
      ? Promise.resolve()
      : new Promise((resolve, reject) => {
          waiting.push({ items, resolve, reject });
          if (!writing) void drain();
        });
}

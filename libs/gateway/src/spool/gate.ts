/** Where calls wait for a moment, so that the last of what is before them can go first. */
export interface Gate {
  /** It opens again by itself, so that nobody waits for long. */
  close(): void;
  open(): void;
  /** Resolves when it is open; undefined when it is. */
  readonly opened: Promise<void> | undefined;
}

/** @param longest milliseconds it may stay closed */
export function gate(longest: number): Gate {
  let closed: { readonly opened: PromiseWithResolvers<void>; readonly timer: NodeJS.Timeout } | undefined;
  const open = (): void => {
    clearTimeout(closed?.timer);
    closed?.opened.resolve();
    closed = undefined;
  };
  return {
    close: () => void (closed ??= { opened: Promise.withResolvers(), timer: setTimeout(open, longest) }),
    open,
    get opened() {
      return closed?.opened.promise;
    },
  };
}

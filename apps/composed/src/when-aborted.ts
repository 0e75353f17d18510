/** Rejects when the signal is aborted, and never resolves. */
export const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const leave = (): void => reject(new Error('given up'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });

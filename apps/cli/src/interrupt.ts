/**
 * A signal that Ctrl-C, a polite kill and a closed terminal set off; none of them ends the process by itself any more. Repetitions change
 * nothing: npm passes on a Ctrl-C that the terminal has sent to everybody already.
 */
export function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
  return interruption.signal;
}

import { readFileSync } from 'node:fs';

/** Halts processes where they stand, as a machine that hangs does, until `resume`. */
export function suspend(pids: readonly number[]): { resume(): void } {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return {
    resume() {
      for (const pid of pids.toReversed()) process.kill(pid, 'SIGCONT');
    },
  };
}

/** A process and its children, itself first, so that it cannot replace one that was halted before it. Linux only. */
export function familyOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
}

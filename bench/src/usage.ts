import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface Usage {
  /** Seconds of all its threads. */
  readonly cpu: number;
  /** Resident megabytes. */
  readonly memory: number;
}

/** Linux has counted in hundredths for every program since 2.6, whatever the kernel's own tick. */
const tick = 0.01;

/** From a line of `/proc/<pid>/stat`; the name in it may hold anything, parentheses too. */
export function parseStat(line: string): { parent: number; cpu: number } {
  const fields = line.slice(line.lastIndexOf(') ') + 2).split(' ');
  return { parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) * tick };
}

/** Seconds of this process's children that have ended, on Linux; NaN elsewhere. */
export function cpuOfEndedChildren(): number {
  if (process.platform !== 'linux') return Number.NaN;
  const line = readFileSync('/proc/self/stat', 'utf8');
  const fields = line.slice(line.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * tick;
}

/** Of a process on Linux; throws when it is gone. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpu: parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).cpu,
    memory: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1_024,
  };
}

/** Seconds of a process and its children now alive, on Linux; NaN elsewhere. */
export function cpuOfFamily(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  let sum = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const { parent, cpu } = parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8'));
      if (parent === pid || Number(entry) === pid) sum += cpu;
    } catch {
      // Ended between the listing and the look.
    }
  }
  return sum;
}

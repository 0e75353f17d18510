import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onlySettings, type RunningProcess, runProcess } from '@chancery/testing';

/** What `npm start` runs in the end. */
export const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export type Settings = Readonly<Record<string, string>>;

/** Runs Chancery as a person would, with these settings and no others. */
export const startWith = (settings: Settings, cwd?: string): RunningProcess =>
  runProcess(main, { env: onlySettings(settings), ...(cwd !== undefined && { cwd }) });

/** Milliseconds. A first start makes a database; on a busy machine that takes its time. */
const patience = 60_000;

export const readyLine = (running: Pick<RunningProcess, 'line'>): Promise<string> => running.line(/^chancery ready /, patience);

/** Process id of the PostgreSQL at work in a data folder; undefined after it left in order. */
export function postgresPid(data: string): number | undefined {
  try {
    return Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  } catch {
    return undefined;
  }
}

/** What a person reads on the terminal, without the log: that is one JSON object a line. */
export const toPeople = (stderr: string): string[] => stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCore } from './cores.js';
import { environmentWith } from './environment.js';
import { type Usage, usageOf } from './usage.js';

export interface ContestantOptions {
  readonly name: string;
  /** Absolute path of what Node.js runs. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly core: string | undefined;
  /** What its line on stdout looks like when it serves. */
  readonly ready: RegExp;
  /** Where its log goes. */
  readonly folder: string;
  /** Milliseconds until it has to be ready; two minutes unless told. */
  readonly within?: number;
}

/** A program that is measured, in a process of its own. */
export interface Contestant {
  readonly name: string;
  readonly pid: number;
  /** What `ready` found. */
  readonly ready: RegExpExecArray;
  usage(): Promise<Usage>;
  /** Sends a message, and resolves with the next one it answers. Rejects when it ends instead. */
  ask<Answer>(message: object): Promise<Answer>;
  close(): Promise<void>;
}

/** Milliseconds that a stop may take. */
const endWithin = 15_000;

/** A script of this project, as it was built. */
export const builtScript = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Starts it and waits until it is ready. Throws with the end of its log when it ends instead. */
export async function startContestant(options: ContestantOptions): Promise<Contestant> {
  const { name, script, args = [], nodeArgs = [], settings = {}, core, ready, folder, within = 120_000 } = options;
  const logPath = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${Date.now()}.log`);
  const log = openSync(logPath, 'w');
  const preload = process.platform === 'linux' ? [] : ['--import', new URL('report-usage.js', import.meta.url).href];
  const [command = '', ...rest] = onCore(core, [process.execPath, ...preload, ...nodeArgs, script, ...args]);
  const child = spawn(command, rest, { env: environmentWith(settings), stdio: ['ignore', 'pipe', log, 'ipc'] });
  closeSync(log);
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${name} ended (${code ?? signal}): ${readFileSync(logPath, 'utf8').slice(-2_000)}`)),
    );
  });
  ended.catch(() => undefined);
  const found = await Promise.race([lineOf(child, ready), ended, tooLate(name, within)]).catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  const ask = async <Answer>(message: object | 'usage'): Promise<Answer> => {
    const answered = once(child, 'message') as Promise<[Answer]>;
    child.send(message);
    return (await Promise.race([answered, ended]))[0];
  };
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process id`);
  return {
    name,
    pid,
    ready: found,
    usage: async () => (process.platform === 'linux' ? usageOf(pid) : (await ask<{ usage: Usage }>('usage')).usage),
    ask,
    close: () => end(child),
  };
}

function lineOf(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-16_384);
      const found = wanted.exec(said);
      if (found) resolve(found);
    });
  });
}

const tooLate = (name: string, within: number): Promise<never> =>
  new Promise((_, reject) => void setTimeout(() => reject(new Error(`${name} was not ready in time`)), within).unref());

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithin);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(timer);
}

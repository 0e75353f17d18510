import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isInstalled, onCore } from '../cores.js';
import { environmentWith } from '../environment.js';
import { cpuOfEndedChildren } from '../usage.js';
import type { LoadOptions, LoadResult } from './load.js';
import { parseWrk, wrkCommand } from './wrk.js';

/** A server answered something else than it should have: nothing that was measured counts. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

const wrkInstalled = isInstalled('wrk');

/** wrk where it is installed and can: it keeps to no pace, and cannot stop after the last of requests that may go only once. */
const withWrk = ({ again, rate }: LoadOptions): boolean => wrkInstalled && again && rate === undefined;

const run = promisify(execFile);
const sender = fileURLToPath(new URL('sender.js', import.meta.url));

/** Drives a server from that core, and checks every answer. @throws WrongAnswer */
export async function drive(options: LoadOptions, { core, folder }: { core: string | undefined; folder: string }): Promise<LoadResult> {
  const own = mkdtempSync(join(folder, 'load-'));
  try {
    const result = withWrk(options) ? await driveWithWrk(options, own, core) : await driveOurselves(options, own, core);
    return checked(result);
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** @throws WrongAnswer for a result with anything wrong in it, and for one of nothing */
export function checked(result: LoadResult): LoadResult {
  if (result.wrong > 0) throw new WrongAnswer(`${result.wrong} wrong answers of ${result.count}, the first: ${result.firstWrong ?? ''}`);
  if (result.count === 0) throw new WrongAnswer('nothing was answered');
  return result;
}

async function driveOurselves(options: LoadOptions, folder: string, core: string | undefined): Promise<LoadResult> {
  const task = join(folder, 'task.json');
  writeFileSync(task, JSON.stringify(options));
  return JSON.parse(await output(onCore(core, [process.execPath, sender, task]))) as LoadResult;
}

async function driveWithWrk(options: LoadOptions, folder: string, core: string | undefined): Promise<LoadResult> {
  const before = cpuOfEndedChildren();
  return parseWrk(await output(onCore(core, wrkCommand(options, folder))), cpuOfEndedChildren() - before);
}

async function output([command = '', ...args]: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args, { env: environmentWith({}), maxBuffer: 2 ** 24 });
  return stdout;
}

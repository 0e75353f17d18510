import { randomOf } from '@chancery/testing';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { openBooks } from './books.js';
import { CannotRun, type Closeable } from './drill.js';
import type { Options } from './options.js';
import { jsonLine, type Reported, table } from './report.js';

export interface Terminal {
  /** What came of it. */
  out(text: string): void;
  /** How it goes. */
  err(text: string): void;
}

/** An invariant is broken, or the drill did not come to its end: 1. It cannot run here: 2. Interrupted: 130. */
export type Status = 0 | 1 | 2 | 130;

/** Milliseconds. */
const noticing = 20_000;

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Runs a drill to its end, or until the signal, and puts everything away again that it started. */
export async function run(
  { drill, times, seconds, seed }: Options,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<Status> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-drill-'));
  // PostgreSQL runs under an account of its own where this is root's.
  chmodSync(folder, 0o711);
  const kept: Closeable[] = [];
  const books = openBooks();
  const began = performance.now();
  const say = (text: string): void => terminal.err(`${drill.name}: ${text}`);
  say(`seed ${seed}, ${times} times, ${seconds} s`);
  const keep = <Thing extends Closeable>(thing: Thing): Thing => {
    kept.push(thing);
    return thing;
  };
  const putAway = async (): Promise<void> => {
    for (let thing = kept.pop(); thing; thing = kept.pop())
      await thing.close().catch((error: unknown) => say(`not closed: ${String(error)}`));
  };
  let said: (() => string) | undefined;
  const logs = (of: () => string): void => void (said = of);
  const world = { random: randomOf(seed), times, seconds, folder, say, count: books.count, hold: books.hold, logs, keep };
  const running = drill.run(world).then(() => undefined, asError);
  const failure = await Promise.race([running, whenAborted(signal)]);
  await putAway();
  if (failure instanceof Interrupted) {
    // What it was opening just then is there when it notices that the rest is gone.
    await Promise.race([running, sleep(noticing)]);
    await putAway();
  }
  rmSync(folder, { recursive: true, force: true });
  const fine = (failure === undefined && books.held()) || failure instanceof CannotRun;
  if (!fine) keepLog(`${drill.name}-${seed}`, said?.() ?? '', say);
  if (failure instanceof Interrupted) return 130;
  if (failure instanceof CannotRun) {
    terminal.err(`${drill.name} cannot run here: ${failure.message}`);
    return 2;
  }
  const took = Math.round((performance.now() - began) / 1_000);
  const reported: Reported = { drill: drill.name, seed, times, seconds, took, books, ...(failure && { failed: failure.message }) };
  if (failure) terminal.err(`${drill.name} failed: ${inspect(failure)}`);
  terminal.out(`seed ${seed}\n${table(reported)}`);
  terminal.out(jsonLine(reported));
  return failure || !books.held() ? 1 : 0;
}

/** What the services said is worth more than what the drill saw of them. */
function keepLog(name: string, said: string, say: (text: string) => void): void {
  if (said === '') return;
  const path = join(tmpdir(), `chancery-drill-${name}.log`);
  writeFileSync(path, said);
  say(`what the services said is in ${path}`);
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const whenAborted = (signal: AbortSignal): Promise<Interrupted> =>
  new Promise((resolve) => {
    const tell = (): void => resolve(new Interrupted());
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cores, shareCores } from './cores.js';
import type { Figure } from './figure.js';

interface Closeable {
  close(): Promise<void>;
}

/** What a bench is given to work with. */
export interface World {
  /** Small numbers, which say that everything works and little more. */
  readonly quick: boolean;
  /** How often each contestant has its turn, besides the one that warms it up. */
  readonly rounds: number;
  /** How long a turn under load takes. */
  readonly seconds: number;
  readonly cores: Cores;
  /** For files and data; removed at the end. Any user may walk through it. */
  readonly folder: string;
  report(figure: Figure): void;
  progress(text: string): void;
  /** Has it closed when the bench is over, the last one first. */
  keep<Thing extends Closeable>(thing: Thing): Thing;
  /** Closes it now. */
  drop(thing: Closeable): Promise<void>;
}

/** Something that can be measured. */
export interface Bench {
  readonly name: string;
  /** One line for `bench help`. */
  readonly what: string;
  run(world: World): Promise<void>;
}

export interface Listener {
  figure(figure: Figure): void;
  progress(text: string): void;
}

/** Runs one bench, and puts everything away again, whatever became of it. */
export async function runBench(bench: Bench, { quick, listener }: { quick: boolean; listener: Listener }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-bench-'));
  // PostgreSQL runs under an account of its own where this is root's.
  chmodSync(folder, 0o711);
  const progress = (text: string) => listener.progress(`${bench.name}: ${text}`);
  const settings = { quick, rounds: 3, seconds: quick ? 0.6 : 4, cores: shareCores(), folder, progress };
  await keeping(progress, (held) => {
    held.keep({ close: async () => rmSync(folder, { recursive: true, force: true }) });
    return bench.run({ ...settings, ...held, report: (figure) => listener.figure(figure) });
  });
}

/** A part of a bench whose processes must not disturb the next one: what it keeps is closed when it is over. */
export const apart = (world: World, work: (world: World) => Promise<void>): Promise<void> =>
  keeping(world.progress, (held) => work({ ...world, ...held }));

/** What has to be put away, and how far that has come. */
interface Kept {
  readonly things: Closeable[];
  closing?: Promise<void>;
}

async function keeping(progress: World['progress'], work: (held: Pick<World, 'keep' | 'drop'>) => Promise<void>): Promise<void> {
  const kept: Kept = { things: [] };
  keptNow.push(kept);
  const held: Pick<World, 'keep' | 'drop'> = {
    keep(thing) {
      // What was being started when an interrupt came.
      if (kept.closing) kept.closing = kept.closing.then(() => thing.close());
      else kept.things.push(thing);
      return thing;
    },
    async drop(thing) {
      const place = kept.things.indexOf(thing);
      if (place >= 0) kept.things.splice(place, 1);
      await thing.close();
    },
  };
  try {
    await work(held);
  } finally {
    await closeAll(kept, progress);
    keptNow.splice(keptNow.indexOf(kept), 1);
  }
}

/** The last one first, and each once, however many ask. */
const closeAll = (kept: Kept, progress: World['progress']): Promise<void> =>
  (kept.closing ??= (async () => {
    for (const thing of kept.things.toReversed()) await thing.close().catch((error: unknown) => progress(`not closed: ${String(error)}`));
  })());

const keptNow: Kept[] = [];

/** Puts everything away that is there now: for an interrupt, which PostgreSQL and the contestants would outlive. */
export async function abandon(progress: World['progress']): Promise<void> {
  for (const kept of keptNow.toReversed()) await closeAll(kept, progress);
}

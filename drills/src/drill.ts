import type { Random } from '@chancery/testing';

export interface Closeable {
  close(): Promise<void>;
}

/** This machine cannot run the drill: no permission, no Java. Nothing is shown by that, so it is no success either. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

/** What a drill is given to work with. */
export interface World {
  readonly random: Random;
  /** How often the fault comes. */
  readonly times: number;
  /** How long a fault lasts, in seconds, where it lasts. */
  readonly seconds: number;
  /** For files and data; removed at the end. Any user may walk through it. */
  readonly folder: string;
  /** How it goes. */
  say(text: string): void;
  /** A figure for the table, by its name; the latest one counts. */
  count(name: string, value: number | string): void;
  /** An invariant, with everything that breaks it: with nothing it holds. */
  hold(invariant: string, broken: readonly unknown[]): void;
  /** What the processes said is kept in a file when the drill fails: read then. */
  logs(said: () => string): void;
  /** Has it closed when the drill is over, the last one first. */
  keep<Thing extends Closeable>(thing: Thing): Thing;
}

export interface Drill {
  readonly name: string;
  /** One line for people. */
  readonly what: string;
  /** Unless told. */
  readonly times: number;
  readonly seconds: number;
  run(world: World): Promise<void>;
}

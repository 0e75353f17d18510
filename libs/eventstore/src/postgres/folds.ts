import type { ChanceryEvent } from '@chancery/events';
import type { Fold, Folded, Reading } from '../contract.js';
import type { ReadStream } from './streams.js';

type AnyFold = Fold<unknown, never>;

interface Remembered {
  /** By identity of the fold: two folds of one stream are two states. */
  readonly states: Map<AnyFold, Folded<unknown>>;
  readonly reads: Map<AnyFold, Promise<Folded<unknown>>>;
}

export interface Folds {
  fold<State, Event extends ChanceryEvent>(stream: string, fold: Fold<State, Event>, reading: Reading): Promise<Folded<State>>;
  /** Something was appended to it: what is remembered is old. */
  forget(stream: string): void;
}

/**
 * States of streams, the least recently used forgotten first. A remembered state may be behind, which the guard it comes with finds out in the append
 * (design §4); so it needs no other expiry.
 */
export function folds(read: ReadStream, most = 20_000): Folds {
  const byStream = new Map<string, Remembered>();

  const touch = (stream: string): Remembered => {
    const remembered = byStream.get(stream) ?? { states: new Map(), reads: new Map() };
    byStream.delete(stream);
    byStream.set(stream, remembered);
    if (byStream.size > most) byStream.delete(byStream.keys().next().value as string);
    return remembered;
  };

  const readOn = async (stream: string, fold: AnyFold, remembered: Remembered): Promise<Folded<unknown>> => {
    const known = remembered.states.get(fold);
    const events = await read(stream, known?.revision);
    const folded = foldOn(
      stream,
      fold,
      known,
      events.map(({ event }) => event),
    );
    // A stream that does not exist is not remembered: anybody can name one. Nor does a slower read take back what a later one saw.
    if (folded.revision > (remembered.states.get(fold)?.revision ?? 0)) remembered.states.set(fold, folded);
    return folded;
  };

  const begin = (stream: string, fold: AnyFold, remembered: Remembered): Promise<Folded<unknown>> => {
    const started = readOn(stream, fold, remembered).finally(() => {
      if (remembered.reads.get(fold) === started) remembered.reads.delete(fold);
      if (remembered.states.size === 0 && remembered.reads.size === 0 && byStream.get(stream) === remembered) byStream.delete(stream);
    });
    remembered.reads.set(fold, started);
    return started;
  };

  return {
    async fold<State, Event extends ChanceryEvent>(stream: string, fold: Fold<State, Event>, reading: Reading) {
      const remembered = touch(stream);
      const key = fold as unknown as AnyFold;
      // A fresh reading joins no read that began before it was asked for: that one may have looked too early.
      const folded =
        reading === 'fresh'
          ? begin(stream, key, remembered)
          : (remembered.states.get(key) ?? remembered.reads.get(key) ?? begin(stream, key, remembered));
      return (await folded) as Folded<State>;
    },
    forget: (stream) => void byStream.delete(stream),
  };
}

/** Folds further events onto what is known of a stream. */
function foldOn(stream: string, fold: AnyFold, known: Folded<unknown> | undefined, events: readonly ChanceryEvent[]): Folded<unknown> {
  const revision = (known?.revision ?? 0) + events.length;
  const state = events.reduce<unknown>((folded, event) => fold.evolve(folded, event as never), known ? known.state : fold.initial);
  return { state, revision, guard: { stream, revision } };
}

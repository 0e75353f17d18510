import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@chancery/platform';
import { createSegment, leftoverSegment, type Segment } from './segment.js';

export interface SegmentsOptions {
  readonly folder: string;
  /** Bytes after which the next lines go into a new file, so that a long outage gives its room back bit by bit. */
  readonly segmentBytes: number;
  readonly log: Log;
}

/** The files of a spool in their order. They are named by number alone: the folder belongs to one gateway. */
export interface Segments {
  readonly bytes: number;
  /** Records that nobody took yet. */
  readonly records: number;
  readonly empty: boolean;
  readonly oldest: Segment | undefined;
  /** Finds what an earlier run left. */
  load(): Promise<void>;
  /** Resolves when the lines are durable. One call at a time. */
  append(lines: readonly Buffer[]): Promise<void>;
  /** Lines may still be added to it. */
  current(segment: Segment): boolean;
  /** Forgets the oldest at once, and removes its file. */
  drop(): Promise<void>;
  close(): Promise<void>;
}

const named = /^(\d{12})\.spool$/;

export function openSegments({ folder, segmentBytes, log }: SegmentsOptions): Segments {
  const all: Segment[] = [];
  let writing: Segment | undefined;
  let last = 0;

  const remove = async (segment: Segment): Promise<void> => {
    try {
      await segment.remove();
    } catch (err) {
      // The next start drains it once more: every record in it has an id, by which the double is dropped.
      log.warn({ err }, 'a drained file of the spool could not be removed');
    }
  };
  const begin = async (): Promise<Segment> => {
    await writing?.close();
    writing = undefined;
    last += 1;
    const segment = await createSegment(join(folder, `${String(last).padStart(12, '0')}.spool`));
    all.push(segment);
    return (writing = segment);
  };
  const abandon = async (segment: Segment): Promise<void> => {
    writing = undefined;
    // Nothing in it is to be drained, and an empty spool means that the bus is asked again.
    const useless = segment.size === 0;
    if (useless) all.splice(all.indexOf(segment), 1);
    await segment.close().catch(() => undefined);
    if (useless) await remove(segment);
  };

  return {
    get bytes() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get records() {
      return all.reduce((sum, { records }) => sum + records, 0);
    },
    get empty() {
      return all.length === 0;
    },
    get oldest() {
      return all[0];
    },
    async load() {
      const numbers = (await readdir(folder)).flatMap((name) => named.exec(name)?.[1] ?? []).toSorted();
      for (const number of numbers) {
        const segment = await leftoverSegment(join(folder, `${number}.spool`));
        last = Number(number);
        if (segment.size > 0) all.push(segment);
        else await remove(segment);
      }
    },
    async append(lines) {
      const segment = writing && writing.size < segmentBytes ? writing : await begin();
      try {
        await segment.append(lines);
      } catch (error) {
        await abandon(segment);
        throw error;
      }
    },
    current: (segment) => segment === writing,
    async drop() {
      const segment = all.shift();
      if (segment === undefined) return;
      if (segment === writing) writing = undefined;
      await remove(segment);
    },
    async close() {
      await writing?.close();
    },
  };
}

import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BusRecord } from '@chancery/eventstore';
import { decodeLine, linesOf, wholeLines } from './line.js';

/** Records in the order they were added, and where the one behind them begins. */
export interface Page {
  readonly records: readonly BusRecord[];
  /** Lines that are none any more. */
  readonly damaged: number;
  readonly end: number;
}

/** One file of the spool: lines are added at its end, and taken from its beginning. */
export interface Segment {
  /** Durable bytes. */
  readonly size: number;
  /** Lines in them that nobody took yet. */
  readonly records: number;
  readonly drained: boolean;
  /** Resolves when the lines are durable. After it threw nothing more may be added: what of them is on the disk is unknown. */
  append(lines: readonly Buffer[]): Promise<void>;
  /** The oldest records that nobody took yet. */
  page(): Promise<Page>;
  /** They are where they belong. */
  took(page: Page): void;
  /** Nothing more is added. */
  close(): Promise<void>;
  remove(): Promise<void>;
}

/** Bytes of a page; more where one line is longer. */
const pageBytes = 262_144;

/** Makes a file that nobody had, and its name durable. */
export async function createSegment(path: string): Promise<Segment> {
  const file = await open(path, 'wx', 0o600);
  try {
    await sync(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return segment(path, { file, size: 0, records: 0 });
}

/** A file that an earlier run left, without the line that a crash cut short: nobody was told that it was recorded. */
export async function leftoverSegment(path: string): Promise<Segment> {
  const file = await open(path, 'r');
  try {
    return segment(path, await measure(file));
  } finally {
    await file.close();
  }
}

async function measure(file: FileHandle): Promise<{ size: number; records: number }> {
  let size = 0;
  let records = 0;
  for (;;) {
    const chunk = await read(file, size, Infinity);
    if (chunk.length === 0) return { size, records };
    size += chunk.length;
    records += linesOf(chunk).length;
  }
}

/** Whole lines from there on; empty when there is none before `end`. */
async function read(file: FileHandle, from: number, end: number): Promise<Buffer> {
  for (let longest = pageBytes; ; longest *= 2) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(longest, end - from)), { position: from });
    const whole = wholeLines(buffer.subarray(0, bytesRead));
    if (whole > 0 || bytesRead < longest) return buffer.subarray(0, whole);
  }
}

async function sync(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function segment(path: string, begun: { file?: FileHandle; size: number; records: number }): Segment {
  let { file, size, records } = begun;
  let taken = 0;
  const close = async (): Promise<void> => {
    const closing = file;
    file = undefined;
    await closing?.close();
  };
  return {
    get size() {
      return size;
    },
    get records() {
      return records;
    },
    get drained() {
      return taken === size;
    },
    async append(lines) {
      if (file === undefined) throw new Error('this segment is closed');
      const bytes = Buffer.concat(lines);
      try {
        await writeAll(file, bytes, size);
        await file.datasync();
      } catch (error) {
        // Their calls are denied, so they had better not be drained one day. After an fsync that failed nothing more is certain.
        await file.truncate(size).catch(() => undefined);
        throw error;
      }
      size += bytes.length;
      records += lines.length;
    },
    async page() {
      const reading = await open(path, 'r');
      try {
        const chunk = await read(reading, taken, size);
        const lines = linesOf(chunk).map(decodeLine);
        const found = lines.filter((record) => record !== undefined);
        return { records: found, damaged: lines.length - found.length, end: taken + chunk.length };
      } finally {
        await reading.close();
      }
    },
    took({ records: found, damaged, end }) {
      taken = end;
      records -= found.length + damaged;
    },
    close,
    async remove() {
      await close();
      await unlink(path);
    },
  };
}

/** At that place, whatever an earlier try left there. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

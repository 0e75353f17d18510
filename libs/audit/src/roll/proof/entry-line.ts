import { chainHash, leafHash } from './hashes.js';

/** One entry of the log, as it is stored. */
export interface RollEntry {
  /** From 1. */
  readonly position: number;
  /** RFC 3339 in UTC with microseconds. */
  readonly at: string;
  readonly type: string;
  readonly version: number;
  readonly stream: string;
  readonly revision: number | null;
  readonly id: string;
  /** The bytes that were recorded: JSON. */
  readonly data: Buffer;
}

/** The JSON text of an entry: what the chain hashes. */
export function entryText({ position, at, type, version, stream, revision, id, data }: RollEntry): string {
  const named = JSON.stringify({ position, at, type, version, stream, revision, id });
  // JSON has line breaks between tokens only, where a space means the same; here a line is an entry.
  const recorded = data.toString('utf8').replaceAll(/[\n\r]/g, ' ');
  return `${named.slice(0, -1)},"data":${recorded}}`;
}

/** The line of an entry, without its end: its text with its chain hash as the last member. The tree's leaf is this line, byte for byte. */
export const entryLine = (text: string, hash: Buffer): string => `${text.slice(0, -1)}${ending(hash)}`;

const ending = (hash: Buffer): string => `,"hash":"${hash.toString('base64')}"}`;
const endingBytes = ending(Buffer.alloc(32)).length;
const brace = Buffer.from('}');

/** What an entry adds to the roll. */
export interface Chained {
  readonly hash: Buffer;
  readonly leaf: Buffer;
}

/** Chains an entry to the one before it. */
export function chainEntry(before: Buffer, text: string): Chained {
  const hash = chainHash(before, Buffer.from(text));
  return { hash, leaf: leafHash(Buffer.from(entryLine(text, hash))) };
}

/** The same of a line that was read: undefined where it does not follow `before`, or any byte of it is another one. */
export function chainLine(before: Buffer, line: Buffer): Chained | undefined {
  const hash = chainHash(before, Buffer.concat([line.subarray(0, -endingBytes), brace]));
  return line.subarray(-endingBytes).equals(Buffer.from(ending(hash))) ? { hash, leaf: leafHash(line) } : undefined;
}

/** Whether a line begins as the entry at that position does. */
export function beginsAs(position: number, line: Buffer): boolean {
  const beginning = `{"position":${position},"at":"`;
  return line.toString('latin1', 0, beginning.length) === beginning;
}

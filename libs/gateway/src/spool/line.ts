import { crc32 } from 'node:zlib';
import type { BusRecord } from '@chancery/eventstore';
import { topics } from '@chancery/events';
import { z } from 'zod';

const newline = 0x0a;
/** Eight hexadecimal digits and a space before the JSON. */
const prefix = 9;

const shape = z.strictObject({
  key: z.string(),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  version: z.number(),
  subject: z.string(),
  time: z.number(),
  data: z.base64(),
});

/** A record as a line of the spool, behind its checksum. @throws TypeError for anything but an activity record */
export function encodeLine({ topic, key, id, source, type, version, subject, time, data, ...more }: BusRecord): Buffer {
  if (topic !== topics.activity || Object.keys(more).length > 0) throw new TypeError('the spool is for activity records');
  // The data as the exact bytes that were made: their digest is what the roll holds.
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  const json = Buffer.from(JSON.stringify({ key, id, source, type, version, subject, time, data: bytes }));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.of(newline)]);
}

/** The record of a line, without its newline; undefined for what a crash or the disk left of one. */
export function decodeLine(line: Buffer): BusRecord | undefined {
  const json = line.subarray(prefix);
  if (line.toString('latin1', 0, prefix) !== `${checksum(json)} `) return undefined;
  const { data, ...record } = shape.parse(JSON.parse(json.toString()));
  return { topic: topics.activity, ...record, data: Buffer.from(data, 'base64') };
}

const checksum = (json: Buffer): string => crc32(json).toString(16).padStart(8, '0');

/** Where the last whole line of a chunk ends; 0 when there is none. */
export const wholeLines = (chunk: Buffer): number => chunk.lastIndexOf(newline) + 1;

/** The lines of a chunk that ends with one, without their newlines. */
export function linesOf(chunk: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < chunk.length;) {
    const end = chunk.indexOf(newline, from);
    lines.push(chunk.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

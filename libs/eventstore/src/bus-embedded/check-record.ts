import type { BusRecord } from '../bus.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const longestData = 1_048_576;

/**
 * Throws a TypeError for a record that no table could take. Records of many callers travel in one write: one that the database refuses would fail all of
 * them. The message names the field, never its value.
 */
export function checkRecord(record: BusRecord): void {
  if (!uuid.test(record.id)) throw new TypeError('a record needs a UUID as its id');
  for (const [name, longest] of [
    ['key', 512],
    ['source', 512],
    ['type', 128],
    ['subject', 512],
  ] as const) {
    const value = record[name];
    if (value.length === 0 || value.length > longest || value.includes('\0'))
      throw new TypeError(`a record's ${name} has 1 to ${longest} characters`);
  }
  if (record.data.byteLength > longestData) throw new TypeError(`a record's data has at most ${longestData} bytes`);
  for (const [name, value] of Object.entries({ version: record.version, time: record.time, sequence: record.sequence ?? 0 })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`a record's ${name} is a whole number`);
  }
  if (record.version > 0x7fffffff || (record.sequence ?? 0) > 0x7fffffff)
    throw new TypeError("a record's version and sequence have 31 bits");
  const extensions = JSON.stringify(record.extensions ?? {});
  if (extensions.length > 8_192 || extensions.includes(String.raw`\u0000`))
    throw new TypeError("a record's extensions have at most 8192 characters");
}

import type { Behind } from '@chancery/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Everything that every table holds, column by column: bytes as they are, anything else as its text. By `schema.table`. */
export async function tablesOf(behind: Behind): Promise<ReadonlyMap<string, Buffer>> {
  const tables = await behind.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
  );
  const held = new Map<string, Buffer>();
  for (const { name } of tables)
    held.set(name, Buffer.concat((await behind.query(`select * from ${name}`)).flatMap((row) => Object.values(row).map(bytesOf))));
  return held;
}

const newline = Buffer.from('\n');

const bytesOf = (value: unknown): Buffer =>
  Buffer.concat([Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')), newline]);

/** Every file of a database's folder, the write-ahead log included, as it lies on the disk; by the part of the folder. */
export function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const parts = Map.groupBy(
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    ({ parentPath }) => relative(folder, parentPath).split(sep, 1)[0] ?? '',
  );
  return new Map(
    [...parts].map(([part, files]) => [part, Buffer.concat(files.map(({ parentPath, name }) => contentOf(join(parentPath, name))))]),
  );
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    // The server removes files that it needs no more.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  }
}

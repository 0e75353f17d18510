import type { DataSource } from 'typeorm';

export interface StoredCheckpoint {
  readonly size: number;
  readonly kid: string;
  readonly note: string;
}

interface Row {
  readonly size: string;
  readonly kid: string;
  readonly note: string;
}

const storedOf = ({ size, kid, note }: Row): StoredCheckpoint => ({ size: Number(size), kid, note });

/** The largest there is, of this key or, without one, of any. */
export async function latestCheckpoint(dataSource: DataSource, tenant: string, kid?: string): Promise<StoredCheckpoint | undefined> {
  const [row]: Row[] = await dataSource.query(
    `SELECT size, kid, note FROM audit.roll_checkpoint WHERE tenant = $1 AND ($2::text IS NULL OR kid = $2) ORDER BY size DESC, at DESC LIMIT 1`,
    [tenant, kid ?? null],
  );
  return row && storedOf(row);
}

/** At most so many within a range: a thousand of them show where a roll was rewritten nearly as well as a million. */
const most = 1_000;

/** Checkpoints of one key over a range of positions: some that lie in it, evenly spread, and the first that covers its end. */
export async function checkpointsOver(
  dataSource: DataSource,
  tenant: string,
  { from, to, kid }: { from: number; to: number; kid: string },
): Promise<readonly StoredCheckpoint[]> {
  const rows: Row[] = await dataSource.query(
    `WITH inside AS (
       SELECT size, kid, note, row_number() OVER (ORDER BY size) AS n, count(*) OVER () AS all_of_them
       FROM audit.roll_checkpoint WHERE tenant = $1 AND kid = $4 AND size >= $2 AND size < $3
     ), covering AS (
       SELECT size, kid, note FROM audit.roll_checkpoint WHERE tenant = $1 AND kid = $4 AND size >= $3 ORDER BY size LIMIT 1
     )
     SELECT size, kid, note FROM inside WHERE n % (all_of_them / $5 + 1) = 0
     UNION ALL SELECT size, kid, note FROM covering ORDER BY size`,
    [tenant, from, to, kid, most],
  );
  return rows.map(storedOf);
}

/** Keeps one; the same from another replica is no second one. */
export async function keepCheckpoint(dataSource: DataSource, tenant: string, { size, kid, note }: StoredCheckpoint): Promise<void> {
  await dataSource.query('INSERT INTO audit.roll_checkpoint (tenant, size, kid, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
    tenant,
    size,
    kid,
    note,
  ]);
}

import type { DataSource } from 'typeorm';

/** The log's position that everything is published up to; 0 before the first. */
export async function readSiemCheckpoint(dataSource: DataSource, tenant: string): Promise<number> {
  const [row]: { position: string }[] = await dataSource.query('SELECT position FROM audit.siem_checkpoint WHERE tenant = $1', [tenant]);
  return Number(row?.position ?? 0);
}

/** Moves it from where this publisher began its page. @throws Error when it is elsewhere: somebody else publishes */
export async function moveSiemCheckpoint(
  dataSource: DataSource,
  tenant: string,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const moved: unknown[] = await dataSource.query(
    `INSERT INTO audit.siem_checkpoint AS c (tenant, position) VALUES ($1, $3)
     ON CONFLICT (tenant) DO UPDATE SET position = excluded.position WHERE c.position = $2
     RETURNING position`,
    [tenant, from, to],
  );
  if (moved.length === 0) throw new Error('the checkpoint of the SIEM topic was moved by another publisher');
}

import type { Log } from '@chancery/platform';
import type { DataSource } from 'typeorm';

/** Activity records of one run of a gateway that were made and never came. */
export interface Gap {
  /** `tenant/gateway/name`. */
  readonly source: string;
  readonly run: string;
  readonly missing: number;
}

/** Seconds a gap stays open before it is reported: records of different agents may overtake each other on the bus. */
const settledAfter = 10;

// Numbers beyond the ones looked at are a gap of their own, and have their own ten seconds.
const report = `
  WITH told AS (
    UPDATE audit.numbering SET
      reported = gap_missing, reported_through = gap_through,
      gap_since = CASE WHEN highest - seen > gap_missing THEN es.now() END, gap_through = highest, gap_missing = highest - seen
    WHERE gap_since < es.now() - make_interval(secs => $1)
    RETURNING source, run, reported AS missing)
  SELECT * FROM told ORDER BY source, run`;

/** Gaps nobody was told of yet, open for ten seconds; each is answered once, whichever replica asks. */
export async function newGaps(dataSource: DataSource): Promise<readonly Gap[]> {
  const rows: { source: string; run: string; missing: string }[] = await dataSource.query(report, [settledAfter]);
  return rows.map(({ source, run, missing }) => ({ source, run, missing: Number(missing) }));
}

/** Looks for gaps every ten seconds, and alarms. @returns what ends it */
export function watchNumbering({ dataSource, log }: { dataSource: DataSource; log: Log }): () => void {
  const look = async (): Promise<void> => {
    try {
      for (const { source, run, missing } of await newGaps(dataSource)) {
        log.error({ stream: source, id: run, count: missing, reason: 'records_missing' }, 'activity records of a gateway are missing');
      }
    } catch (err) {
      log.warn({ err }, 'gaps could not be looked for');
    }
  };
  const timer = setInterval(() => void look(), settledAfter * 1_000).unref();
  return () => clearInterval(timer);
}

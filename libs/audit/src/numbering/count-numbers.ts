import type { BusMessage } from '@chancery/platform';
import type { EntityManager } from 'typeorm';

// What comes late leaves the gap that it was missing in, and what was reported of it.
const count = `
  WITH came AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS c (source, run, number))
  INSERT INTO audit.numbering AS n (source, run, highest, seen)
  SELECT source, run, max(number), count(*) FROM came GROUP BY source, run ORDER BY source, run
  ON CONFLICT (source, run) DO UPDATE SET
    highest = greatest(n.highest, excluded.highest), seen = n.seen + excluded.seen, changed_at = es.now(),
    (gap_missing, reported) = (
      SELECT
        greatest(0, n.gap_missing - count(*) FILTER (WHERE c.number <= n.gap_through)),
        greatest(0, n.reported - count(*) FILTER (WHERE c.number <= n.reported_through))
      FROM came c WHERE c.source = n.source AND c.run = n.run)`;

// The rows are locked by now. A gap that stays open keeps its time, whatever else comes; behind one that has closed there may be another.
const mark = `
  UPDATE audit.numbering SET
    gap_since = CASE WHEN highest - seen > reported THEN es.now() END, gap_through = highest, gap_missing = highest - seen
  WHERE (source, run) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    AND CASE WHEN gap_since IS NULL THEN highest - seen > reported ELSE gap_missing <= reported END`;

/** Counts gateways' own numbers, with the entries that carry them: what a run numbered and never came shows as a gap (design §8). */
export async function countNumbers(entered: readonly BusMessage[], manager: EntityManager): Promise<void> {
  const numbered = entered.flatMap(({ record: { source }, event }) =>
    event.type === 'activity.allowed' || event.type === 'activity.denied' ? [{ source, run: event.run, number: event.number }] : [],
  );
  if (numbered.length === 0) return;
  const runs = [numbered.map(({ source }) => source), numbered.map(({ run }) => run)];
  await manager.query(count, [...runs, numbered.map(({ number }) => number)]);
  await manager.query(mark, runs);
}

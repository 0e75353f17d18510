import type { BusMessage } from '@chancery/platform';
import type { EntityManager } from 'typeorm';

interface Count {
  readonly source: string;
  readonly run: string;
  highest: number;
  seen: number;
}

/** Counts gateways' own numbers, with the entries that carry them: what a run numbered and never came shows as a difference (design §8). */
export async function countNumbers(entered: readonly BusMessage[], manager: EntityManager): Promise<void> {
  const counts = new Map<string, Count>();
  for (const { record, event } of entered) {
    if (event.type !== 'activity.allowed' && event.type !== 'activity.denied') continue;
    const count = counts.get(`${record.source} ${event.run}`) ?? { source: record.source, run: event.run, highest: 0, seen: 0 };
    count.highest = Math.max(count.highest, event.number);
    count.seen += 1;
    counts.set(`${record.source} ${event.run}`, count);
  }
  if (counts.size === 0) return;
  const all = [...counts.values()];
  await manager.query(
    `INSERT INTO audit.numbering AS n (source, run, highest, seen)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
     ON CONFLICT (source, run) DO UPDATE
       SET highest = greatest(n.highest, excluded.highest), seen = n.seen + excluded.seen, changed_at = es.now()`,
    [all.map(({ source }) => source), all.map(({ run }) => run), all.map(({ highest }) => highest), all.map(({ seen }) => seen)],
  );
}

import type { ActivityRecord } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';
import type { DataSource } from 'typeorm';

type Acknowledged = BusMessage<Extract<ActivityRecord, { type: 'gateway.acknowledged' }>>;

/** Keeps how far each gateway is. An older word never replaces a newer one, in whatever order they come. */
export async function keepAcknowledgements(dataSource: DataSource, messages: readonly Acknowledged[]): Promise<void> {
  const newest = new Map<string, Acknowledged>();
  for (const message of messages) {
    const { source, time } = message.record;
    if (time > (newest.get(source)?.record.time ?? -Infinity)) newest.set(source, message);
  }
  const all = [...newest.values()];
  await dataSource.query(
    `INSERT INTO audit.gateway AS g (tenant, name, run, applied_through, entries, heard_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
     ON CONFLICT (tenant, name) DO UPDATE
       SET run = excluded.run, applied_through = excluded.applied_through, entries = excluded.entries, heard_at = excluded.heard_at
       WHERE excluded.heard_at > g.heard_at`,
    [
      all.map(({ record }) => record.source.split('/', 1)[0]),
      all.map(({ event }) => event.gateway),
      all.map(({ event }) => event.run),
      all.map(({ event }) => event.appliedThrough),
      all.map(({ event }) => event.entries),
      all.map(({ record }) => record.time),
    ],
  );
}

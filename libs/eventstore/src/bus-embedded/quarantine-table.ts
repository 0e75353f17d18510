import type { Topic } from '@chancery/events';
import type { Quarantined } from '../bus.js';
import { type Queryable, rowsOf } from '../reader/queryable.js';
import type { SetAside } from './attempt.js';
import { recordArrays, recordColumns, recordOf, type RecordRow, recordTypes, selectRecord } from './record-columns.js';

export interface QuarantineRow extends RecordRow {
  quarantine_id: string;
  consumer_group: string;
  topic: Topic;
  cause: string;
}

export const selectQuarantined = (alias: string): string =>
  `${alias}.position::text as quarantine_id, ${alias}.consumer_group, ${alias}.topic, ${alias}.cause, ${selectRecord(alias)}`;

export const quarantinedOf = (row: QuarantineRow): Quarantined => ({
  id: BigInt(row.quarantine_id),
  group: row.consumer_group,
  record: recordOf(row.topic, row),
  cause: row.cause,
});

/** What a group sets aside of a topic. */
export interface Quarantining extends SetAside {
  readonly group: string;
  readonly topic: Topic;
}

const insert = `
  insert into bus.quarantine (epoch, ${recordColumns}, consumer_group, topic, state, cause)
  select (select epoch from es.meta), ${recordColumns}, consumer_group, topic, state, cause
  from unnest(${[...recordTypes, 'text', 'text', 'text', 'text'].map((type, index) => `$${index + 1}::${type}[]`).join(', ')})
    with ordinality as r(${recordColumns}, consumer_group, topic, state, cause, place)
  order by r.place
  on conflict (consumer_group, topic, key, id) where state in ('failed', 'held') do nothing`;

/** Adds rows in order; one that waits there already is not added again. */
export async function insertQuarantine(queryable: Queryable, rows: readonly Quarantining[]): Promise<void> {
  if (rows.length === 0) return;
  await queryable.query(insert, [
    ...recordArrays(rows.map(({ record }) => record)),
    rows.map(({ group }) => group),
    rows.map(({ topic }) => topic),
    rows.map(({ state }) => state),
    rows.map(({ cause }) => cause),
  ]);
}

/** What is waiting, oldest first: at most a thousand. */
export async function listQuarantined(queryable: Queryable, group: string | undefined): Promise<readonly Quarantined[]> {
  const rows = await rowsOf<QuarantineRow>(
    queryable,
    `select ${selectQuarantined('q')} from bus.quarantine q
     where q.state in ('failed', 'held') and ($1::text is null or q.consumer_group = $1) order by q.position limit 1000`,
    [group ?? null],
  );
  return rows.map(quarantinedOf);
}

/** Gives a waiting one up. False when it is not waiting, or another role's. */
export async function dropQuarantined(queryable: Queryable, id: bigint): Promise<boolean> {
  const [row] = await rowsOf(
    queryable,
    `with dropped as (
       update bus.quarantine set state = 'dropped' where position = $1::text::bigint and state in ('failed', 'held') returning 1
     ) select * from dropped`,
    [String(id)],
  );
  return row !== undefined;
}

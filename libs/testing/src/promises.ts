import type { Behind } from './behind.js';

/** The one value `done` of a statement. */
export const isTrue = async (behind: Behind, statement: string, values: unknown[] = []): Promise<boolean> =>
  (await behind.query<{ done: boolean }>(statement, values))[0]?.done ?? false;

/** Whether the relay has published everything that was recorded. */
export const allRelayed = (behind: Behind): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e, es.checkpoint c
       where c.name = 'relay' and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position))
     and exists (select from es.checkpoint where name = 'relay') as done`,
  );

/** Whether every event is in the roll. Collations differ, and an index serves its own only: without the word, a large roll is gone through for each event. */
export const allRolled = (behind: Behind): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e
       where not exists (select from audit.log_entry l where l.stream = e.stream collate "default" and l.record_id = e.id and l.data = e.data)) as done`,
  );

/** Whether a list of the registry has no event of its own before it. */
export const caughtUp = (behind: Behind, list: string): Promise<boolean> =>
  isTrue(
    behind,
    `select not exists (select from es.event e where (e.stream like 'main/agent/%' or e.stream like 'main/iat/%')
        and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position)) as done
       from es.checkpoint c where c.name = $1`,
    [list],
  );

/** Streams whose revisions are not 1, 2, 3 …, in the store, and in the roll in its order. */
export async function gaps(behind: Behind): Promise<{ store: readonly unknown[]; roll: readonly unknown[] }> {
  const store = await behind.query('select stream from es.event group by stream having min(revision) <> 1 or max(revision) <> count(*)');
  const roll = await behind.query(
    `select stream from (select stream, revision - lag(revision, 1, 0) over (partition by stream order by position) as step
       from audit.log_entry where revision is not null) entry where step <> 1`,
  );
  return { store, roll };
}

import { type Behind, isTrue } from '@chancery/testing';

/** How many events the relay has not published yet. */
export async function backlog(behind: Behind): Promise<number> {
  const [row] = await behind.query<{ waiting: number }>(
    `select count(*)::integer as waiting from es.event e, es.checkpoint c
      where c.name = 'relay' and (e.epoch, e.tx, e.position) > (c.epoch, c.tx, c.position)`,
  );
  return row?.waiting ?? 0;
}

/** How many events are not in the roll yet. */
export async function notRolled(behind: Behind): Promise<number> {
  const [row] = await behind.query<{ waiting: number }>(
    `select count(*)::integer as waiting from es.event e
      where not exists (select from audit.log_entry l where l.stream = e.stream collate "default" and l.record_id = e.id)`,
  );
  return row?.waiting ?? 0;
}

/** Where the newest event stands in the order of the relay. */
export async function newestMark(behind: Behind): Promise<readonly string[]> {
  const [row] = await behind.query<{ mark: string[] }>(
    'select array[epoch::text, tx::text, position::text] as mark from es.event order by epoch desc, tx desc, position desc limit 1',
  );
  return row?.mark ?? ['0', '0', '0'];
}

/** Whether the relay has published everything up to there. */
export const relayedThrough = (behind: Behind, mark: readonly string[]): Promise<boolean> =>
  isTrue(
    behind,
    `select (epoch, tx, position) >= ($1::integer, $2::text::xid8, $3::bigint) as done from es.checkpoint where name = 'relay'`,
    [...mark],
  );

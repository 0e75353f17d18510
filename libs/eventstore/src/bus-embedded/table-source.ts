import { topics, type Topic } from '@chancery/events';
import type { Cursor } from '../contract.js';
import { type CursorRow, cursorValues, toCursor } from '../reader/cursor.js';
import { afterAndSettled } from '../reader/horizon.js';
import { type Queryable, rowsOf } from '../reader/queryable.js';
import { recordOf, type RecordRow, selectRecord } from './record-columns.js';
import type { Source, SourcedRecord } from './source.js';
import { whyUnreadable } from './unreadable.js';

interface Row extends CursorRow, RecordRow {
  consumer_group?: string;
  topic?: Topic;
  cause?: string;
}

const order = 'r.epoch, r.tx::text as tx, r.position::text as position';

/** What goes through no stream, in the order of commits. */
export function activitySource(queryable: Queryable): Source {
  return tableSource(queryable, 'bus.activity', (row) => {
    const record = recordOf(topics.activity, row);
    return { record, ...whyUnreadable(record) };
  });
}

/** What could not be handled, for whoever watches: keyed by where it came from, with its cause beside it. */
export function quarantineSource(queryable: Queryable): Source {
  return tableSource(queryable, 'bus.quarantine', (row) => {
    const record = recordOf(topics.quarantine, row);
    const extensions = { ...record.extensions, group: row.consumer_group ?? '', topic: row.topic ?? '', cause: row.cause ?? '' };
    return { record: { ...record, key: record.source, extensions } };
  });
}

function tableSource(queryable: Queryable, table: string, sourced: (row: Row) => SourcedRecord): Source {
  const more = table === 'bus.quarantine' ? ', r.consumer_group, r.topic, r.cause' : '';
  const page = `select ${order}, ${selectRecord('r')}${more} from ${table} r
    where ${afterAndSettled('r')} order by r.epoch, r.tx, r.position limit $4`;
  const newest = `select * from (select ${order} from ${table} r order by r.epoch desc, r.tx desc, r.position desc limit 1) one
    union all select 0, '0', '0' limit 1`;
  return {
    async page(after: Cursor, limit: number) {
      const rows = await rowsOf<Row>(queryable, page, [...cursorValues(after), limit]);
      const last = rows.at(-1);
      return { records: rows.map(sourced), cursor: last ? toCursor(last) : after, full: rows.length === limit };
    },
    async newest() {
      const [row] = await rowsOf<CursorRow>(queryable, newest);
      return toCursor(row as CursorRow);
    },
  };
}

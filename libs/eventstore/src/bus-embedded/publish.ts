import { topics, type Topic } from '@chancery/events';
import type pg from 'pg';
import type { BusRecord } from '../bus.js';
import { StoreUnavailable } from '../contract.js';
import { checkRecord } from './check-record.js';
import { grouped } from './grouped.js';
import type { MemorySource } from './memory-source.js';
import { insertQuarantine, type Quarantining } from './quarantine-table.js';
import { recordArrays, recordColumns, recordTypes } from './record-columns.js';

const insertActivity = `
  insert into bus.activity (epoch, ${recordColumns})
  select (select epoch from es.meta), ${recordColumns}
  from unnest(${recordTypes.map((type, index) => `$${index + 1}::${type}[]`).join(', ')}) with ordinality as r(${recordColumns}, place)
  order by r.place
  on conflict (id) do nothing`;

/**
 * Makes the `publish` of the embedded adapter. It throws a TypeError for a record that breaks the bounds or belongs to the store, and StoreUnavailable when
 * it is not known whether the records are durable; publishing them again is harmless.
 */
export function publisher(
  pool: pg.Pool,
  revocations: MemorySource,
  published: () => void,
): (records: readonly BusRecord[]) => Promise<void> {
  const writeActivity = grouped<BusRecord>(async (records) => void (await pool.query(insertActivity, recordArrays(records))));
  const writeQuarantine = grouped<BusRecord>((records) => insertQuarantine(pool, records.map(setAsideBySender)));
  return async (records) => {
    for (const record of records) check(record);
    const of = (topic: Topic) => records.filter((record) => record.topic === topic);
    revocations.put(of(topics.revocations));
    try {
      await Promise.all([writeActivity(of(topics.activity)), writeQuarantine(of(topics.quarantine))]);
    } catch (cause) {
      throw new StoreUnavailable('the bus did not take the records', { cause });
    }
    published();
  };
}

const consumable = new Set<string>(Object.values(topics).filter((topic) => topic !== topics.quarantine));

function check(record: BusRecord): void {
  if (record.topic === topics.registry || record.topic === topics.issuance)
    throw new TypeError(`${record.topic} is the store itself: append to it`);
  checkRecord(record);
  const { group, topic, cause } = record.extensions ?? {};
  if (record.topic === topics.quarantine && !(group && cause && consumable.has(topic ?? ''))) {
    throw new TypeError('a quarantined record says its group, topic and cause in its extensions');
  }
}

/** By who received it otherwise than through a subscription here; it waits for the same operator. */
const setAsideBySender = (record: BusRecord): Quarantining => ({
  record,
  group: record.extensions?.['group'] ?? '',
  topic: record.extensions?.['topic'] as Topic,
  state: 'failed',
  cause: (record.extensions?.['cause'] ?? '').slice(0, 512),
});

import type { Bus, Quarantined } from '@chancery/eventstore';
import { rfc3339 } from '@chancery/platform';
import { bounded } from './decision-record.js';
import type { QuarantineQuery } from './quarantine-request.js';

/** One record that waits for somebody's decision: all that is needed to find it, and nothing of its data. */
export interface ListedQuarantined {
  /** For `drop`. */
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  /** For `retry`: later records of it wait behind this one. */
  readonly key: string;
  readonly record_id: string;
  readonly type: string;
  readonly source: string;
  /** RFC 3339: when it was decided. */
  readonly time: string;
  /** Of an event, in the store. */
  readonly position?: string;
  /** What it failed with, or `held`. */
  readonly cause: string;
}

/** What waits, oldest first: at most as many as asked for. */
export async function listQuarantined(
  { group, limit }: QuarantineQuery,
  bus: Pick<Bus, 'quarantined'>,
): Promise<readonly ListedQuarantined[]> {
  return (await bus.quarantined(group)).slice(0, limit).map(listed);
}

const listed = ({ id, group, record, cause }: Quarantined): ListedQuarantined => ({
  id: String(id),
  group,
  topic: record.topic,
  key: bounded(record.key, 2_048),
  record_id: bounded(record.id, 128),
  type: bounded(record.type, 128),
  source: bounded(record.source, 512),
  time: rfc3339(record.time),
  ...(record.position !== undefined && { position: String(record.position) }),
  cause: bounded(cause, 512),
});

import { randomUUID } from 'node:crypto';
import type { BusRecord, Quarantined } from '@chancery/eventstore';
import { type ActivityRecord, encodeEvent, mainTenant, topics } from '@chancery/events';

/** What an operator decided. */
export interface Decision {
  readonly by: string;
  readonly act: 'retry' | 'drop';
  readonly reason?: string;
  /** The record it is about; of a retry the first of its key. */
  readonly what: Quarantined;
}

/** The act as it enters the log: an activity record, for no stream is this service's to write. */
export function decisionRecord({ by, act, reason, what: { id, group, record } }: Decision, now: number): BusRecord {
  const decided: ActivityRecord = {
    type: 'activity.quarantine-decided',
    by,
    act,
    ...(reason !== undefined && { reason }),
    group,
    topic: record.topic,
    key: bounded(record.key, 512),
    ...(act === 'drop' && {
      // Below zero are those that live in one process.
      ...(id >= 0n && { entry: String(id) }),
      record: { id: bounded(record.id, 128), source: bounded(record.source, 512), type: bounded(record.type, 128) },
    }),
  };
  const { type, version, data } = encodeEvent(decided);
  return {
    topic: topics.activity,
    key: by,
    id: randomUUID(),
    source: `${mainTenant}/service/audit`,
    type,
    version,
    subject: by,
    time: Math.floor(now * 1_000_000),
    data,
  };
}

/** What stands in quarantine may be anybody's, of any length. */
export const bounded = (text: string, most: number): string => text.slice(0, most).toWellFormed() || 'unknown';

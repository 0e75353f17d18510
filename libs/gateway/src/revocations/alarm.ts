import type { RecordRefusal } from '@chancery/oauth';

/** What somebody has to look at; each is logged as an error. */
export type AlarmReason =
  /** A record that changed nothing: it is not what the token service signed, or not now. */
  | `record_${RecordRefusal | 'replayed' | 'kind_unknown'}`
  /** A compacted-away entry was announced; none is ever produced, and the entry stays (EVT-03). */
  | 'tombstone'
  /** The set held is not the one the heartbeats speak of; it is loaded again. */
  | 'digest_mismatch'
  /** And the feed itself does not add up. */
  | 'feed_disagrees'
  /** The set grows old: heartbeats stopped, at the bus and at the feed. */
  | 'revocations_old';

export type OnAlarm = (alarm: { reason: AlarmReason; source: 'bus' | 'feed'; kid?: string | undefined }) => void;

import type { RecordRefusal } from '@chancery/oauth';
import { type Log, metrics } from '@chancery/platform';

/** What somebody has to look at; each is logged as an error. */
export type AlarmReason =
  /** A record that changed nothing: it is not what the token service signed, or not now. */
  | `record_${RecordRefusal | 'replayed' | 'kind_unknown'}`
  /** A record that the bus could not read, or that failed here. It changed nothing, and holds nothing back. */
  | 'record_unreadable'
  /** A compacted-away entry was announced; none is ever produced, and the entry stays (EVT-03). */
  | 'tombstone'
  /** The set held is not the one the heartbeats speak of; it is loaded again. */
  | 'digest_mismatch'
  /** And the feed itself does not add up. */
  | 'feed_disagrees'
  /** The set grows old: heartbeats stopped, at the bus and at the feed. */
  | 'revocations_old';

export interface Alarm {
  readonly reason: AlarmReason;
  readonly source: 'bus' | 'feed';
  /** Key the record says it is signed with. */
  readonly kid?: string | undefined;
  /** Where the record came from, as the bus says. */
  readonly stream?: string | undefined;
  readonly err?: unknown;
}

export type OnAlarm = (alarm: Alarm) => void;

export interface AlarmsDeps {
  readonly gateway: string;
  readonly log: Log;
  readonly onAlarm?: ((reason: AlarmReason) => void) | undefined;
}

export interface Alarms {
  /** Never throws. */
  readonly alarm: OnAlarm;
  /** What the bus brings from now on is new. */
  live(): void;
}

/**
 * Tells people. What lay on a compacted topic before this start was told when it came, and comes again at every start: it is one warning,
 * with how much of it there was.
 */
export function openAlarms({ gateway, log, onAlarm }: AlarmsDeps): Alarms {
  let live = false;
  const before = new Map<AlarmReason, number>();
  const tell = ({ reason, source, kid, stream, err }: Alarm): void => {
    metrics.revocationAlarms.inc({ gateway, reason });
    const place = stream === undefined ? {} : { stream: stream.slice(0, 256) };
    log.error(
      { name: gateway, reason, kid, topic: source, ...place, ...(err !== undefined && { err }) },
      'the revocation set needs a look',
    );
    try {
      onAlarm?.(reason);
    } catch (error) {
      log.error({ name: gateway, reason, err: error }, 'an alarm could not be passed on');
    }
  };
  return {
    alarm(alarm) {
      const { reason, source } = alarm;
      if (live || source !== 'bus' || !aboutRecord(reason)) tell(alarm);
      else before.set(reason, (before.get(reason) ?? 0) + 1);
    },
    live() {
      live = true;
      for (const [reason, count] of before) log.warn({ name: gateway, reason, count }, 'records from before this start are no good');
      before.clear();
    },
  };
}

const aboutRecord = (reason: AlarmReason): boolean => reason === 'tombstone' || reason.startsWith('record_');

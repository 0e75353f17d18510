import { limits } from '@chancery/oauth';
import { type Log, metrics } from '@chancery/platform';

/** The time by which leases are reaped: nobody's, while those who should know it say different things. */
export interface Clocks {
  /** Seconds by the database's clock; undefined while this process's own is not with it. */
  agreed(): number | undefined;
}

export interface ClocksOptions {
  /** Seconds since 1970, by the database's clock. */
  database(): number;
  /** Seconds since 1970, by this machine's. */
  wall(): number;
  readonly log: Log;
  /** Milliseconds, by which alarms are spaced: neither of the clocks in doubt. */
  monotonic?(): number;
}

const alarmEvery = 60_000;

/**
 * A clock that jumped would end everybody at once and for good, and looks like any other from inside: so two are asked. Where they are apart, the
 * alarm comes once a minute.
 */
export function openClocks({ database, wall, log, monotonic = () => performance.now() }: ClocksOptions): Clocks {
  let alarmedAt = -Infinity;
  return {
    agreed() {
      const at = database();
      if (Math.abs(at - wall()) <= limits.leaseClocksSeconds) return at;
      metrics.leaseAlarms.inc({ reason: 'clocks_disagree' });
      if (monotonic() - alarmedAt >= alarmEvery) {
        alarmedAt = monotonic();
        log.error({ reason: 'clocks_disagree' }, "no lease is reaped: the database's clock and this process's own are apart");
      }
      return undefined;
    },
  };
}

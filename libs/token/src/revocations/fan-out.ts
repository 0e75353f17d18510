import { type Bus, openRevocationLane, type RevocationLane, type RevocationLaneOptions } from '@chancery/eventstore';
import { type Keys, type Log, silentLog } from '@chancery/platform';
import { type Acknowledged, acknowledgements } from './acknowledgements.js';
import { RevocationPublisher } from './publisher.js';

/** The revocation lane with its signatures: the feed and the topic say the same. */
export interface FanOut {
  readonly lane: RevocationLane;
  readonly publisher: RevocationPublisher;
  /** Hears how far a gateway is that asks the feed. */
  readonly acknowledge: (said: Acknowledged) => void;
}

/** With `lead`, every replica serves the feed, and the one that leads publishes; without it each publishes to a topic of its own. */
export interface FanOutOptions extends Omit<RevocationLaneOptions, 'onEntries' | 'onHeartbeat'> {
  /** For acknowledgements heard at the feed: the token service's. */
  readonly bus: Pick<Bus, 'publish'>;
  /** For entries and heartbeats, under a principal of their own; `bus` unless told. One that waits as long as the cluster is away. */
  readonly revocations?: Pick<Bus, 'publish'>;
  readonly keys: Keys;
  readonly log?: Log;
  /** Seconds, by the database's clock. */
  now(): number;
}

export function openFanOut({ keys, bus, revocations = bus, now, log = silentLog, ...laneOptions }: FanOutOptions): FanOut {
  const publisher = new RevocationPublisher({ bus: revocations, keys, now });
  const lane = openRevocationLane({
    ...laneOptions,
    onEntries: (entries, signal) => publisher.entries(entries, signal),
    onHeartbeat: (beat, signal) => publisher.heartbeat(beat, signal),
  });
  return { lane, publisher, acknowledge: acknowledgements({ bus, now, log }) };
}

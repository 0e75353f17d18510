import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@chancery/eventstore';
import { encodeEvent, mainTenant, topics } from '@chancery/events';
import type { Log } from '@chancery/platform';

/** How far a gateway says it is when it asks the feed. */
export interface Acknowledged {
  readonly gateway: string;
  /** This start of it. */
  readonly run: string;
  /** T it is complete through, in microseconds by the database's clock. */
  readonly applied: number;
  readonly entries: number;
  /** Seconds: the longest budget of its routes. */
  readonly budget: number;
  /** Of events whose revocations it has applied since it last asked. */
  readonly positions: readonly string[];
}

export interface AcknowledgementsDeps {
  readonly bus: Pick<Bus, 'publish'>;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** Seconds. */
const apart = 1;

/**
 * Passes on what gateways say at the feed, so that one that has lost the bus still counts (design §7): each position at once, how far it is at
 * most once a second for each of them. Never throws and keeps nobody waiting; a lost one is followed by the next.
 */
export function acknowledgements({ bus, now, log }: AcknowledgementsDeps): (said: Acknowledged) => void {
  const passedOn = new Map<string, number>();
  return (said) => {
    const at = now();
    for (const [gateway, last] of passedOn) if (at - last >= apart) passedOn.delete(gateway);
    if (said.positions.length === 0 && passedOn.has(said.gateway)) return;
    passedOn.set(said.gateway, at);
    const positions = said.positions.length === 0 ? [undefined] : said.positions;
    bus
      .publish(positions.map((position) => recordOf(said, at, position)))
      .catch((err: unknown) => log.warn({ name: said.gateway, err }, 'an acknowledgement could not be passed on'));
  };
}

function recordOf({ gateway, run, applied, entries, budget }: Acknowledged, at: number, position: string | undefined): BusRecord {
  const { type, version, data } = encodeEvent({
    type: 'gateway.acknowledged',
    gateway,
    run,
    appliedThrough: applied,
    entries,
    ...(position !== undefined && { position }),
    budget,
  });
  return {
    topic: topics.activity,
    key: gateway,
    id: randomUUID(),
    source: `${mainTenant}/gateway/${gateway}`,
    type,
    version,
    subject: gateway,
    time: Math.floor(at * 1_000_000),
    data,
  };
}

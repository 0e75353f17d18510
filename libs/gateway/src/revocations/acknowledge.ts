import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@chancery/eventstore';
import { encodeEvent, mainTenant, topics } from '@chancery/events';
import type { Log } from '@chancery/platform';
import type { FollowedSet } from './followed-set.js';
import { type AppliedPosition, recentlyApplied } from './recently-applied.js';

export interface AcknowledgeDeps {
  readonly gateway: string;
  readonly run: string;
  /** Seconds: the longest one of its routes. */
  readonly budget: number;
  readonly bus: Pick<Bus, 'publish'>;
  readonly followed: FollowedSet;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
}

export interface Acknowledgements {
  /** These are in force here from now on. Says so with the next one that is sent, of each by itself. */
  applied(positions: readonly bigint[]): void;
  /** Says how far this gateway is, at once; what is asked for while one is on its way is said once, after it. */
  send(): void;
  /** Says so if it was not said for five seconds. */
  whenDue(): void;
  /** Resolves when none is on its way. */
  settled(): Promise<void>;
}

const every = 5;

/** An operator sees by these in how many gateways a revocation is in force (design §7). A lost one is followed by the next. */
export function acknowledgements(deps: AcknowledgeDeps): Acknowledgements {
  const { followed, monotonic, now } = deps;
  const unsaid = recentlyApplied();
  let sentAt = -Infinity;
  let again = false;
  let running: Promise<void> | undefined;

  const publish = async (): Promise<void> => {
    do {
      again = false;
      sentAt = monotonic();
      try {
        await deps.bus.publish(records(deps, unsaid.take()));
      } catch (err) {
        deps.log.warn({ name: deps.gateway, err }, 'an acknowledgement could not be published');
      }
    } while (again);
    running = undefined;
  };
  const send = (): void => {
    if (!followed.loaded) return;
    again = running !== undefined;
    running ??= publish();
  };

  return {
    applied(positions) {
      // What came before the whole set was there is not in force by itself; T speaks for it.
      if (followed.loaded) for (const position of positions) unsaid.add({ position, at: now() });
    },
    send,
    whenDue() {
      if (monotonic() - sentAt >= every) send();
    },
    settled: () => running ?? Promise.resolve(),
  };
}

/** One for each position, dated when it was applied; one that says how far it is where there are none. */
function records(deps: AcknowledgeDeps, positions: readonly AppliedPosition[]): readonly BusRecord[] {
  return positions.length === 0
    ? [acknowledgement(deps, deps.now())]
    : positions.map(({ position, at }) => acknowledgement(deps, at, position));
}

function acknowledgement({ gateway, run, budget, followed }: AcknowledgeDeps, at: number, position?: bigint): BusRecord {
  const { confirmed, set } = followed.held;
  const { type, version, data } = encodeEvent({
    type: 'gateway.acknowledged',
    gateway,
    run,
    appliedThrough: confirmed,
    entries: set.size,
    ...(position !== undefined && { position: String(position) }),
    budget,
  });
  const source = `${mainTenant}/gateway/${gateway}`;
  return {
    topic: topics.activity,
    key: gateway,
    id: randomUUID(),
    source,
    type,
    version,
    subject: gateway,
    time: Math.round(at * 1e6),
    data,
  };
}

import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@chancery/eventstore';
import { encodeEvent, mainTenant, topics } from '@chancery/events';
import type { Log } from '@chancery/platform';
import type { FollowedSet } from './followed-set.js';

export interface AcknowledgeDeps {
  readonly gateway: string;
  readonly run: string;
  readonly bus: Pick<Bus, 'publish'>;
  readonly followed: FollowedSet;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
}

export interface Acknowledgements {
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
  const { followed, monotonic } = deps;
  let sentAt = -Infinity;
  let again = false;
  let running: Promise<void> | undefined;

  const publish = async (): Promise<void> => {
    do {
      again = false;
      sentAt = monotonic();
      try {
        await deps.bus.publish([acknowledgement(deps)]);
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
    send,
    whenDue() {
      if (monotonic() - sentAt >= every) send();
    },
    settled: () => running ?? Promise.resolve(),
  };
}

function acknowledgement({ gateway, run, followed, now }: AcknowledgeDeps): BusRecord {
  const { through, set, position } = followed.held;
  const { type, version, data } = encodeEvent({
    type: 'gateway.acknowledged',
    gateway,
    run,
    appliedThrough: through,
    entries: set.size,
    ...(position !== undefined && { position: String(position) }),
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
    time: Math.round(now() * 1e6),
    data,
  };
}

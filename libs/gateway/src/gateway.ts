import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { metrics } from '@chancery/platform';
import { demoNotes } from './demo/notes.js';
import { beginCall, type Call } from './enforce/call.js';
import { checkCall } from './enforce/check-call.js';
import { enforce, type EnforceDeps } from './enforce/enforce.js';
import { compileRoutes } from './enforce/match-route.js';
import { callRecorder } from './enforce/record-call.js';
import { replayMemory } from './enforce/replay.js';
import { resourceMetadata } from './enforce/resource-metadata.js';
import { verifiedTokens } from './enforce/verified-tokens.js';
import { type KeySource, openKeySource } from './keys/key-source.js';
import type { GatewayOptions } from './options.js';
import { type DatabaseClock, databaseClock } from './revocations/database-clock.js';
import { openRevocations, type Revocations } from './revocations/revocations.js';
import { adminRoute } from './routes/admin.js';
import { demoRoute } from './routes/demo.js';
import { normalizeTarget } from './paths/normalize-path.js';
import { openSpool, type Spool } from './spool/spool.js';
import { straight } from './spool/straight.js';
import { longestBudget, type Route } from './routes/route.js';

/** One enforcement point: it stands in front of protected resources, and lets through what may pass (design §7, §8). */
export abstract class Gateway {
  /** Answers one request. Never rejects. */
  abstract handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /**
   * What `handle` decides by, alone: resolves with what was verified when the call may pass. Its proof is used up, and nothing is recorded: who lets it
   * through must do that. @throws OAuthError for a call that may not
   */
  abstract check(req: IncomingMessage): Promise<Call>;
  /** The revocation set and the issuer's keys are there, and the set is current: it may get traffic. */
  abstract ready(): boolean;
  /** Seconds since 1970 by the database's clock; NaN before it was ever heard. */
  abstract now(): number;
  /** Begins to follow revocations and keys; `ready` says when they are there. @throws SpoolUnusable for a spool's folder that it cannot have */
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
}

const mostVerifiedTokens = 20_000;
const mostProofs = 1_000_000;
/** Milliseconds between two looks at what is due. */
const tickEvery = 100;
/** Seconds after which the key set is read again without being asked to: as long as a copy may be cached. */
const keysFreshFor = 300;

/** Composes a gateway; nothing happens before `start`. */
export function openGateway(options: GatewayOptions): Gateway {
  const { name, monotonic = () => performance.now() / 1_000 } = options;
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) throw new TypeError('a gateway’s name is 1 to 64 of A-Z a-z 0-9 _ . -');
  const run = randomUUID();
  const clock = databaseClock(monotonic);
  const opened = monotonic();
  // Proofs are dated in whole seconds: what was made in the second of the start may have been used before it.
  const since = (): number => Math.floor(clock.latestAt(opened)) + 1;
  const keys = openKeySource({ fetchKeys: options.fetchKeys, monotonic });
  const { bus, feed, revocationKeys, log, onAlarm } = options;
  const routes = [
    demoRoute(
      options.issuer,
      options.budgets,
      demoNotes(() => clock.now() * 1_000),
    ),
    adminRoute(options.issuer, options.budgets),
    ...(options.routes ?? []),
  ];
  const budget = longestBudget(routes);
  const revocations = openRevocations({ gateway: name, run, budget, bus, feed, keys: revocationKeys, clock, monotonic, log, onAlarm });
  const shared = routes.find(({ replay }) => replay === 'everywhere');
  if (shared && !options.reserveProof) throw new TypeError(`${shared.prefix} has replay: everywhere, and there is no reserveProof`);
  const spool = options.spool ? openSpool({ ...options.spool, bus, gateway: name, log }) : straight(bus);
  const deps = enforceDeps(options, { run, clock, since, keys, revocations, routes, spool });
  const refreshKeys = keysByTheClock(keys, monotonic);
  const tick = (): void => {
    revocations.tick();
    refreshKeys();
    metrics.revocationLag.set({ gateway: name }, Math.min(revocations.age(), Number.MAX_SAFE_INTEGER));
    const { bytes, records } = spool.held();
    metrics.spoolBytes.set({ gateway: name }, bytes);
    metrics.spoolRecords.set({ gateway: name }, records);
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    handle: (req, res) => enforce(req, res, deps),
    async check(req) {
      const call = beginCall(req);
      const target = normalizeTarget(req.url ?? '');
      call.path = target.path;
      await checkCall(call, { req, target }, deps);
      return call;
    },
    // A proof that is made now would be taken, too.
    ready: () => keys.loaded() && revocations.current(options.budgets) && clock.now() >= since(),
    now: clock.now,
    async start() {
      await spool.start();
      timer = setInterval(tick, tickEvery).unref();
      refreshKeys();
      await revocations.start();
    },
    async stop() {
      clearInterval(timer);
      await revocations.stop();
      await spool.stop();
    },
  };
}

interface Parts {
  readonly run: string;
  readonly clock: DatabaseClock;
  /** The first second whose proofs this gateway remembers. */
  readonly since: () => number;
  readonly keys: KeySource;
  readonly revocations: Revocations;
  readonly routes: readonly Route[];
  readonly spool: Spool;
}

const enforceDeps = (options: GatewayOptions, { run, clock, since, keys, revocations, routes, spool }: Parts): EnforceDeps => ({
  issuer: options.issuer,
  keys,
  verified: verifiedTokens(mostVerifiedTokens),
  now: clock.now,
  services: options.services,
  serviceKey: options.serviceKey,
  match: compileRoutes(routes),
  metadata: resourceMetadata(options.issuer, routes),
  revocations,
  replay: replayMemory({ now: clock.now, since, max: options.proofs ?? mostProofs }),
  reserveProof: options.reserveProof,
  recorder: callRecorder({ gateway: options.name, run, spool, spooled: options.spool !== undefined, now: clock.now }),
  refusals: options.refusals,
  log: options.log,
});

/** Every second until there are keys, then as often as a cached copy would be read again. */
function keysByTheClock(keys: KeySource, monotonic: () => number): () => void {
  let readAt = -Infinity;
  return () => {
    if (monotonic() - readAt < (keys.loaded() ? keysFreshFor : 1)) return;
    readAt = monotonic();
    void keys.refresh();
  };
}

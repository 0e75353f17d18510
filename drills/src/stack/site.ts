import { type Behind, type Cluster, clusterAt, lookBehind } from '@chancery/testing';
import { operatorFrom, type Operator } from '../client/operator.js';
import type { World } from '../drill.js';
import { type Load, loadOn } from '../load/load.js';
import { type EndedWatch, watchEnded } from '../load/watch-ended.js';
import { type Composed, startComposed } from './composed.js';
import { type Database, startDatabase } from './database.js';
import type { Settings } from './run-script.js';

/** The composed stack on a database of the drill's own, and a look behind it. */
export interface Site {
  readonly database: Database;
  readonly stack: Composed;
  readonly behind: Behind;
  readonly cluster: Cluster;
  readonly operator: Operator;
  /** How long a revoked token may live on at a gateway, in milliseconds. */
  readonly bound: number;
}

export interface SiteOptions {
  /** Of `npm run composed`. */
  readonly settings?: Settings;
  readonly database?: Database;
  /** Seconds without word of what is revoked after which gateways deny. */
  readonly staleness?: number;
  /** The same while the store is known to be away. */
  readonly storeAway?: number;
}

/** @throws CannotRun where no broker can be had */
export async function openSite(world: World, options: SiteOptions = {}): Promise<Site> {
  const { staleness = 5, storeAway = 5, settings = {} } = options;
  const database = options.database ?? world.keep(await startDatabase(world.folder));
  const budgets = { CHANCERY_STALENESS_BUDGET: String(staleness), CHANCERY_STORE_AWAY_BUDGET: String(storeAway) };
  const stack = world.keep(await startComposed(world.folder, { CHANCERY_DATABASE_URL: database.wiredUrl, ...budgets, ...settings }));
  world.logs(stack.said);
  const behind = world.keep(await lookBehind(database.url));
  world.say(`everything runs at ${stack.issuer}`);
  return {
    database,
    stack,
    behind,
    cluster: clusterAt(stack.kafka),
    operator: operatorFrom(stack.operator),
    bound: Math.max(staleness, storeAway) * 1_000,
  };
}

export interface Traffic {
  readonly load: Load;
  readonly watch: EndedWatch;
}

/** Load on all of it, and an eye on every mandate that is ended meanwhile. */
export async function openTraffic(
  world: World,
  { stack, operator, bound }: Site,
  wish: { callers?: number; gateways?: readonly string[] } = {},
): Promise<Traffic> {
  const { callers = 6, gateways = [stack.issuer] } = wish;
  const iat = await operator.mintIat({ uses: 10_000 });
  const agents = await Promise.all(Array.from({ length: callers }, () => operator.newAgent()));
  const load = world.keep(loadOn({ doors: gateways, agents, iat }));
  return { load, watch: world.keep(watchEnded({ journal: load.journal, gateways, bound })) };
}

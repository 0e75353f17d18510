import { waitFor } from '@chancery/testing';
import { askToken, type Client } from '../client/client.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { spread } from '../load/quantile.js';
import { openSite, openTraffic, type Site, type Traffic } from '../stack/site.js';
import { type Part, parts } from '../stack/parts.js';
import { type FailpointWire, startFailpointWire } from '../wire/failpoint-wire.js';
import { failpoints, type NamedFailpoint } from '../wire/failpoints.js';

type Victim = Part | 'postgres';
type Kill = { readonly victim: Victim } | { readonly failpoint: NamedFailpoint };

interface Scene {
  readonly world: World;
  readonly site: Site;
  readonly traffic: Traffic;
  readonly wire: FailpointWire;
  /** Asks only to see that all is well again. */
  readonly probe: Client;
}

/** REL-D1 and REL-D2. The relay is the token service's, the consumer the audit service. */
export const kill: Drill = {
  name: 'kill',
  what: 'kill -9 of each service, the broker and PostgreSQL, at random and at every failpoint of the record step, under load',
  times: 60,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const wire = world.keep(await startFailpointWire(site.database.port));
    const traffic = await openTraffic(world, site);
    const scene = { world, site, traffic, wire, probe: await site.operator.newAgent() };
    const back: number[] = [];
    const hits = new Map<string, number>();
    for (const [nth, planned] of planOf(world).entries()) {
      const name = 'victim' in planned ? planned.victim : planned.failpoint.name;
      world.say(`kill ${nth + 1} of ${world.times}: ${name}`);
      await traffic.load.more(1 + world.random.int(20));
      const died = await ('victim' in planned ? killAtRandom(scene, planned.victim) : killAtFailpoint(scene, planned.failpoint));
      await waitFor(async () => (await askToken(scene.probe)).status === 200, { timeout: 60_000 });
      back.push(performance.now() - died);
      hits.set(name, (hits.get(name) ?? 0) + 1);
    }
    world.count('kills', back.length);
    for (const [name, count] of hits) world.count(`kills: ${name}`, count);
    world.count('kill to first 200, median / p99 / most ms', spread(back));
    await traffic.load.more(10);
    await checkAll(world, site, traffic);
  },
};

/** Half of them at random, half at failpoints; every victim and every failpoint has its turn before one has its second. */
function planOf({ random, times }: World): readonly Kill[] {
  const victims: readonly Victim[] = [...parts, 'postgres'];
  const rounds = Array.from({ length: Math.ceil(times / victims.length) });
  const atRandom = rounds.flatMap(() => random.shuffle(victims.map((victim): Kill => ({ victim }))));
  const atPoints = rounds.flatMap(() => random.shuffle(failpoints.map((failpoint): Kill => ({ failpoint }))));
  return Array.from({ length: times }, (_, nth) => (nth % 2 === 0 ? atRandom : atPoints)[Math.floor(nth / 2)] as Kill);
}

/** Answers when it died; all is running again by then. */
async function killAtRandom({ site: { stack, database } }: Scene, victim: Victim): Promise<number> {
  const died = performance.now();
  if (victim === 'postgres') {
    await database.kill();
    return died;
  }
  await stack.kill(victim);
  await stack.startAgain(victim);
  return died;
}

/** The service runs over a wire that knows what it says, dies there, and is started again as it was. */
async function killAtFailpoint({ site, wire, traffic }: Scene, { of, ...failpoint }: NamedFailpoint): Promise<number> {
  const { stack, database } = site;
  await stack.kill(of);
  await stack.startOwn(of, { preloads: ['reroute'], settings: { DRILL_ROUTES: `${database.wire.port}:${wire.port}` } });
  await traffic.load.more(1);
  await wire.arm(failpoint, () => process.kill(stack.pid(of), 'SIGKILL'));
  const died = performance.now();
  await stack.startAgain(of);
  return died;
}

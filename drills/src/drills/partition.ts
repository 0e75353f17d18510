import { claimsOf, startTcpProxy, type TcpProxy, waitFor } from '@chancery/testing';
import { askToken, callApi, type Client } from '../client/client.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { spread } from '../load/quantile.js';
import type { Replica } from '../stack/composed.js';
import { openSite, openTraffic, type Site } from '../stack/site.js';

/** Seconds. */
const staleness = 5;

interface Scene {
  readonly site: Site;
  readonly gateway: Replica;
  readonly kafka: TcpProxy;
  readonly feed: TcpProxy;
}

interface Mandate {
  readonly agent: Client;
  readonly token: string;
  readonly grant: string;
}

/** REL-F6: a gateway loses Kafka, then the feed as well, and gets them back; what is revoked meanwhile is refused, or everything is denied. */
export const partition: Drill = {
  name: 'partition',
  what: 'a gateway cut off from Kafka, then from the feed too: what is revoked is refused, or all is denied within the budget',
  times: 20,
  seconds: 8,
  async run(world) {
    const site = await openSite(world, { staleness, storeAway: staleness });
    const scene = await openScene(world, site);
    const traffic = await openTraffic(world, site, { callers: 3, gateways: [site.stack.issuer, scene.gateway.url] });
    const [overFeed, untilDenied, until200]: [number[], number[], number[]] = [[], [], []];
    for (let nth = 0; nth < world.times; nth++) {
      world.say(`partition ${nth + 1} of ${world.times}`);
      await traffic.load.more(1 + world.random.int(10));
      await scene.kafka.refuse();
      const first = await mandate(site);
      await accepted(scene, first);
      overFeed.push(await revokedToRefused(world, scene, first));

      const [dead, living] = [await mandate(site), await mandate(site)];
      await accepted(scene, dead);
      await scene.feed.refuse();
      untilDenied.push(await revokedToDenied(world, scene, { dead, living }));

      const back = performance.now();
      // Which of them comes back first is the seed's.
      for (const wire of world.random.shuffle([scene.kafka, scene.feed])) await wire.accept();
      await waitFor(async () => (await statusOf(scene, living)) === 200, { timeout: 60_000 });
      until200.push(performance.now() - back);
      if ((await statusOf(scene, dead)) !== 401) world.hold('what was revoked behind a partition stays refused', [dead.grant]);
    }
    world.count('partitions', world.times);
    world.count('cut off from Kafka: revoked to refused over the feed, median / p99 / most ms', spread(overFeed));
    world.count('cut off from both: revoked to denied, median / p99 / most ms', spread(untilDenied));
    world.count('back to the first call let through, median / p99 / most ms', spread(until200));
    await traffic.load.more(10);
    await checkAll(world, site, traffic);
  },
};

async function openScene(world: World, site: Site): Promise<Scene> {
  const { stack } = site;
  const broker = Number(stack.kafka.split(':')[1]);
  const token = new URL(stack.variables('gateway')['CHANCERY_TOKEN_URL'] ?? '');
  const kafka = world.keep(await startTcpProxy({ host: '127.0.0.1', port: broker }));
  const feed = world.keep(await startTcpProxy({ host: token.hostname, port: Number(token.port) }));
  const gateway = await stack.replica('gateway', 'gw-partitioned', {
    preloads: ['reroute'],
    settings: { DRILL_ROUTES: `${broker}:${kafka.port}`, CHANCERY_TOKEN_URL: `http://127.0.0.1:${feed.port}` },
  });
  if (kafka.connections() === 0) throw new Error('the gateway does not reach Kafka over the wire that is to be cut');
  return { site, gateway, kafka, feed };
}

async function mandate({ operator }: Site): Promise<Mandate> {
  const agent = await operator.newAgent();
  const { body } = await askToken(agent);
  return { agent, token: body.access_token, grant: claimsOf(body.access_token)['grant_id'] ?? '' };
}

async function revoke({ operator }: Site, { grant }: Mandate): Promise<void> {
  const { status } = await operator.operate({ scope: 'chancery:revoke', path: `/grants/${grant}/revoke`, body: { reason: 'a drill' } });
  if (status !== 200) throw new Error(`the revocation was answered ${status}`);
}

const statusOf = async ({ gateway }: Scene, { agent, token }: Mandate): Promise<number> =>
  (await callApi(agent, token, { at: gateway.url })).status;

const accepted = (scene: Scene, held: Mandate): Promise<unknown> =>
  waitFor(async () => (await statusOf(scene, held)) === 200, { timeout: 60_000 });

/** Milliseconds. */
async function revokedToRefused(world: World, scene: Scene, held: Mandate): Promise<number> {
  await revoke(scene.site, held);
  const { last, ended } = await acceptedUntil(scene, held, (status) => status === 401);
  world.hold('no revoked token accepted after the bound', last > staleness * 1_000 ? [`${held.grant}: ${Math.round(last)} ms`] : []);
  return ended;
}

async function revokedToDenied(world: World, scene: Scene, { dead, living }: { dead: Mandate; living: Mandate }): Promise<number> {
  await revoke(scene.site, dead);
  const { last, ended } = await acceptedUntil(scene, dead, (status) => status === 503);
  world.hold('no revoked token accepted after the bound', last > staleness * 1_000 ? [`${dead.grant}: ${Math.round(last)} ms`] : []);
  world.hold('a gateway that hears nothing denies everything', (await statusOf(scene, living)) === 503 ? [] : [living.grant]);
  return ended;
}

/** When the last call began that was let through, and when the first one ended as it has to: milliseconds from now. */
async function acceptedUntil(scene: Scene, held: Mandate, done: (status: number) => boolean): Promise<{ last: number; ended: number }> {
  const revoked = performance.now();
  let last = 0;
  await waitFor(
    async () => {
      const began = performance.now();
      const status = await statusOf(scene, held);
      if (status === 200) last = began - revoked;
      return done(status);
    },
    { timeout: 60_000, every: 10 },
  );
  return { last, ended: performance.now() - revoked };
}

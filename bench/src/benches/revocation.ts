import { drive } from '../load/drive.js';
import { embeddedSite, feedSite, kafkaSite, type Site } from '../revocation-site.js';
import { revokeOnce } from '../revoke-once.js';
import { quantile } from '../statistics.js';
import { flows, tokenExpected, tokenRequests } from '../token-requests.js';
import { tokenTurn } from '../token-turn.js';
import { apart, type Bench, type World } from '../world.js';

/** How long a revoked token lives on, at the last of three gateways. */
export const revocation: Bench = {
  name: 'revocation',
  what: 'from the answer of the revoke to the first refusal at the last of 3 gateways, idle and at half of the highest issuance',
  async run(world) {
    for (const open of [kafkaSite, feedSite, embeddedSite]) await apart(world, (own) => measure(own, open));
  },
};

async function measure(world: World, open: (world: World) => Promise<Site | undefined>): Promise<void> {
  const site = await open(world);
  if (!site) return;
  await idle(world, site);
  await besideLoad(world, site);
}

async function idle(world: World, site: Site): Promise<void> {
  for (let nth = 0; nth < 10; nth++) await revokeOnce(site);
  const times: number[] = [];
  for (let left = world.quick ? 15 : 300; left > 0; left--) times.push(await revokeOnce(site));
  report(world, site, { when: 'idle', times });
}

async function besideLoad(world: World, site: Site): Promise<void> {
  const { seconds } = world;
  const flow = flows.secret;
  let highest = 0;
  for (let turn = 0; turn < 3; turn++)
    highest = Math.max(highest, (await tokenTurn(world, { server: site.load, flow, connections: 64 })).rate);
  const load = drive(
    {
      port: site.load.asked.port,
      requests: tokenRequests(site.load.clients.length, flow, site.load.clients, site.load.asked),
      again: true,
      expect: tokenExpected(flow),
      connections: 64,
      seconds: seconds * 8,
      rate: highest / 2,
    },
    { core: world.cores.client, folder: world.folder },
  );
  const over = { yes: false };
  const loaded = load.finally(() => (over.yes = true));
  loaded.catch(() => undefined);
  const times: number[] = [];
  while (!over.yes) times.push(await revokeOnce(site));
  const { count, seconds: took } = await loaded;
  report(world, site, { when: 'half-load', times, beside: `beside ${Math.round(count / took)} tokens a second` });
}

function report(
  world: World,
  { name, gateways }: Site,
  { when, times, beside }: { when: string; times: readonly number[]; beside?: string },
): void {
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  world.report({
    name: `revocation/${name}/${when}`,
    unit: 'ms p99',
    ours: p99,
    p50,
    p99,
    bounds: { of: 'ours', direction: 'at most', floor: 100, goal: 25 },
    note: [`${times.length} revocations, ${gateways.length} gateways`, ...(beside === undefined ? [] : [beside])].join(', '),
  });
}

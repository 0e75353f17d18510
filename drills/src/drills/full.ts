import { join } from 'node:path';
import { gone, waitFor } from '@chancery/testing';
import { askToken, callApi } from '../client/client.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { startDatabase } from '../stack/database.js';
import { openSite, openTraffic, type Site } from '../stack/site.js';
import { mountSmallDisk, type SmallDisk } from '../stack/small-disk.js';

type Volume = 'database' | 'broker' | 'gateway';

/** MiB: enough to work on, little to fill. */
const sizes: Readonly<Record<Volume, number>> = { database: 512, broker: 512, gateway: 64 };

/** REL-D9, REL-F16. */
export const full: Drill = {
  name: 'full',
  what: "the volume of the database, the broker or a gateway's spool fills up under load: no answer without an event, and all is well when there is room",
  times: 6,
  seconds: 15,
  async run(world) {
    // Before anything is started on them.
    const disks = mountAll(world);
    const database = world.keep(await startDatabase(disks.database.path));
    const site = await openSite(world, { database });
    const traffic = await openTraffic(world, site);
    const { journal } = traffic.load;
    const volumes = Object.keys(disks) as Volume[];
    const order = Array.from({ length: Math.ceil(world.times / volumes.length) }, () => world.random.shuffle(volumes)).flat();
    for (const [nth, volume] of order.slice(0, world.times).entries()) {
      world.say(`${nth + 1} of ${world.times}: the ${volume}'s volume`);
      await traffic.load.more(10 + world.random.int(30));
      const from = journal.samples.length;
      await fillUp(world, site, { volume, disk: disks[volume] });
      const answers = Map.groupBy(journal.samples.slice(from), ({ status }) => Math.floor(status / 100));
      const said = [...answers].toSorted(([a], [b]) => a - b).map(([kind, all]) => `${kind === 0 ? 'none' : `${kind}xx`} ${all.length}`);
      world.count(`${volume} full: answers`, said.join(', '));
      const felt = (answers.get(5)?.length ?? 0) > 0 || volume === 'broker';
      world.hold('a full volume is felt', felt ? [] : [`the ${volume}'s was not`]);
      const back = performance.now();
      await wellAgain(site);
      world.count(`${volume} full: room again to a token and a call, ms`, Math.round(performance.now() - back));
    }
    await traffic.load.more(10);
    await checkAll(world, site, traffic);
  },
};

function mountAll(world: World): Readonly<Record<Volume, SmallDisk>> {
  const mount = (volume: Volume, folder: string): SmallDisk => world.keep(mountSmallDisk(join(world.folder, folder), sizes[volume]));
  return { database: mount('database', 'database'), broker: mount('broker', 'data/kafka'), gateway: mount('gateway', 'data/gateway') };
}

async function fillUp(world: World, { stack }: Site, { volume, disk }: { volume: Volume; disk: SmallDisk }): Promise<void> {
  // A spool is written to while the bus is away.
  if (volume === 'gateway') await stack.kill('kafka');
  await disk.full(world.seconds * 1_000);
  // A broker that cannot write its log ends; whoever runs it starts it again.
  const ended = gone(stack.pid('kafka'));
  if (volume === 'broker') world.count('broker full: it ended', ended ? 'yes' : 'no');
  if (ended) await stack.startAgain('kafka');
}

async function wellAgain({ operator }: Site): Promise<void> {
  const agent = await operator.newAgent();
  const { body } = await waitFor(
    async () => {
      const answer = await askToken(agent);
      return answer.status === 200 && answer;
    },
    { timeout: 120_000, every: 50 },
  );
  await waitFor(async () => (await callApi(agent, body.access_token)).status === 200, { timeout: 120_000, every: 50 });
}

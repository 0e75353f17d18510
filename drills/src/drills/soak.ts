import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { faults } from '../faults/faults.js';
import { lasting } from '../stack/pause.js';
import { openSite, openTraffic, type Traffic } from '../stack/site.js';
import { growth, watchMemory } from '../soak/memory.js';
import { tableSizes } from '../soak/tables.js';

/** Seconds of work without a pause, which say what the machine can do. */
const calibration = 15;
const share = 0.6;

/** REL-F18, and REL-D18 in its third part. `--times` faults, `--seconds` apart. */
export const soak: Drill = {
  name: 'soak',
  what: 'half an hour at 60 % of capacity with a random fault every two minutes: nothing is lost, memory and tables stay flat',
  times: 15,
  seconds: 120,
  async run(world) {
    const site = await openSite(world, { staleness: 5, storeAway: 20 });
    const traffic = await openTraffic(world, site);
    await paceToShare(world, traffic);
    const memory = world.keep(watchMemory(site.stack));
    const [random, played] = [world.random.fork(), new Map<string, number>()];
    for (let nth = 0; nth < world.times; nth++) {
      await lasting(world.seconds);
      const fault = random.pick(faults);
      world.say(`fault ${nth + 1} of ${world.times}: ${fault.name}`);
      await fault.play(site, random);
      played.set(fault.name, (played.get(fault.name) ?? 0) + 1);
    }
    await lasting(world.seconds);
    for (const [name, count] of played) world.count(`faults: ${name}`, count);
    await memory.close();
    const grown = growth(memory.samples());
    for (const { part, middle, last } of grown)
      world.count(`memory of ${part}, most of the second and of the last third, MiB`, `${middle}, ${last}`);
    world.hold(
      'memory stays flat',
      grown.filter(({ middle, last }) => last > middle * 1.5 + 50),
    );
    const tables = await tableSizes(site.behind);
    for (const { table, kilobytes } of tables) world.count(`table ${table}, KiB`, kilobytes);
    // One row each, or as many as there are gateways: what they have beyond that is rows that died.
    world.hold(
      'tables that only change stay small',
      tables.filter(({ kilobytes }) => kilobytes > 16_384),
    );
    await checkAll(world, site, traffic);
  },
};

async function paceToShare(world: World, { load }: Traffic): Promise<void> {
  await load.more(50);
  const before = load.rounds();
  await lasting(calibration);
  const perRound = (calibration * 1_000 * load.agents.length) / Math.max(1, load.rounds() - before);
  load.pace(perRound / share);
  world.count(
    'capacity, rounds a second, and what was asked of it',
    `${rate(load.agents.length, perRound)}, ${rate(load.agents.length, perRound / share)}`,
  );
}

const rate = (callers: number, milliseconds: number): number => Math.round((callers * 1_000 * 10) / milliseconds) / 10;

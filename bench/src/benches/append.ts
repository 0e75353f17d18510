import { busyTurn } from '../busy-turn.js';
import { builtScript, type Contestant, startContestant } from '../contestant.js';
import { asOwner, startDatabase, urlAs } from '../database.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound } from '../rounds.js';
import { seededStore } from '../seeded-store.js';
import type { AppendingTask } from '../servers/appending.js';
import { plainTable } from '../servers/plain-inserts.js';
import type { Bench, World } from '../world.js';

const inFlight = 128;
const poolOfSingles = 20;

/** The event store by itself: appends that travel together, one at a time, and beside inserts that check nothing. */
export const append: Bench = {
  name: 'append',
  what: 'guarded appends in groups against one at a time, and beside plain inserts',
  async run(world) {
    const database = await startDatabase(world);
    const bases = await seededStore(database.url, 1_000, poolOfSingles);
    await asOwner(database.url, (client) => client.query(plainTable));
    const start = (way: AppendingTask['way']) =>
      startAppending(world, { way, url: way === 'plain' ? database.url : urlAs(database.url, 'token'), bases: bases.slice(0, 100) });
    const [grouped, single, plain] = [await start('grouped'), await start('single'), await start('plain')];
    const task = { seconds: world.seconds, inFlight };
    const results = await alternate([grouped, single, plain], world.rounds, (each) => busyTurn(world, each, task, () => database.cpu()));
    const bestOf = (contestant: Contestant) => bestRound(results.get(contestant) ?? []);
    const [ours, one, least] = [bestOf(grouped), bestOf(single), bestOf(plain)];

    world.report({
      name: 'append/grouped',
      unit: '/s',
      ours: ours.rate,
      peer: one.rate,
      ratio: ours.rate / one.rate,
      judgedBy: 'rate',
      ...performanceOf(ours),
      peerDid: performanceOf(one),
      bounds: { of: 'ratio', direction: 'at least', floor: 4, goal: 6 },
      note: `${inFlight} in flight; one reservation, two unchanged, four not revoked; against a pool of ${poolOfSingles}`,
    });
    world.report({
      name: 'append/of-plain-inserts',
      unit: '/s',
      ours: ours.rate,
      limit: least.rate,
      ratio: ours.rate / least.rate,
      judgedBy: 'rate',
      peerDid: performanceOf(least),
      note: 'grouped inserts that check nothing',
    });
  },
};

async function startAppending(world: World, task: AppendingTask) {
  const { cores, folder } = world;
  const script = builtScript('servers/appending.js');
  const args = [JSON.stringify(task)];
  return world.keep(await startContestant({ name: task.way, script, args, core: cores.server, ready: /^ready$/m, folder }));
}

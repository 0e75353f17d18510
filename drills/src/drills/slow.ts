import { startTcpProxy, waitFor } from '@chancery/testing';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { tallied } from '../load/journal.js';
import { spread } from '../load/quantile.js';
import { lasting } from '../stack/pause.js';
import { residentMegabytes } from '../stack/resident.js';
import { openSite, openTraffic, type Site, type Traffic } from '../stack/site.js';
import { notRolled } from '../store/promises.js';

/** Milliseconds that each word between the audit service and its database takes. */
const delay = 500;
/** Events that may be between store and roll at any moment. */
const underWay = 50;
/** MiB that a consumer may grow by, whatever waits for it. */
const mayGrow = 100;

/** REL-D11, and a disk that takes its time for each commit. */
export const slow: Drill = {
  name: 'slow',
  what: 'an audit service that crawls behind the load, then a disk that is slow to commit: nothing is lost, memory stays flat',
  times: 2,
  seconds: 120,
  async run(world) {
    const site = await openSite(world);
    const traffic = await openTraffic(world, site);
    for (let nth = 0; nth < world.times; nth++) {
      world.say(`round ${nth + 1} of ${world.times}`);
      await traffic.load.more(1 + world.random.int(50));
      await slowConsumer(world, site, traffic);
      await slowDisk(world, site, traffic);
    }
    await checkAll(world, site, traffic);
  },
};

async function slowConsumer(world: World, { stack, database, behind }: Site, { load }: Traffic): Promise<void> {
  const wire = world.keep(await startTcpProxy({ host: '127.0.0.1', port: database.port }));
  await stack.kill('audit');
  await stack.startOwn('audit', { preloads: ['reroute'], settings: { DRILL_ROUTES: `${database.wire.port}:${wire.port}` } });
  await waitFor(async () => (await notRolled(behind)) < underWay, { timeout: 60_000, every: 100 });
  const before = residentMegabytes(stack.pid('audit'));
  wire.delay(delay);
  const began = performance.now();
  await lasting(world.seconds);
  const { asked, good } = tallied(load.journal, 'token', began, performance.now());
  const after = residentMegabytes(stack.pid('audit'));
  const waiting = await notRolled(behind);
  wire.delay(0);
  const quick = performance.now();
  // The load goes on, so there is always something under way; caught up is who is behind by no more than that.
  await waitFor(async () => (await notRolled(behind)) < underWay, { timeout: 180_000, every: 50 });
  world.count(
    'slow consumer: events that waited for it, and ms until it had caught up',
    `${waiting}, ${Math.round(performance.now() - quick)}`,
  );
  world.hold('a slow consumer falls behind', waiting > underWay ? [] : [`${waiting} waited`]);
  world.count('slow consumer: its memory before and after, MiB', `${before ?? '?'}, ${after ?? '?'}`);
  world.hold('memory of a slow consumer stays flat', (after ?? 0) - (before ?? 0) > mayGrow ? [`${before} to ${after} MiB`] : []);
  world.hold('nobody else waits for a slow consumer', asked > 0 && good === asked ? [] : [`${good} of ${asked} tokens`]);
}

async function slowDisk(world: World, { behind }: Site, { load }: Traffic): Promise<void> {
  await behind.query('alter system set commit_delay = 100000');
  await behind.query('alter system set commit_siblings = 0');
  await behind.query('select pg_reload_conf()');
  const began = performance.now();
  await lasting(world.seconds);
  const { asked, good, times } = tallied(load.journal, 'token', began, performance.now());
  await behind.query('alter system reset commit_delay');
  await behind.query('alter system reset commit_siblings');
  await behind.query('select pg_reload_conf()');
  world.count('slow disk: tokens asked for and answered', `${asked} / ${good}`);
  world.count('slow disk: token latency, median / p99 / most ms', spread(times));
  world.hold('a slow disk slows down and refuses nobody', asked > 0 && good === asked ? [] : [`${good} of ${asked} tokens`]);
}

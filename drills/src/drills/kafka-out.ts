import { waitFor } from '@chancery/testing';
import type { Drill } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { answered, tallied } from '../load/journal.js';
import { spread } from '../load/quantile.js';
import { lasting } from '../stack/pause.js';
import { openSite, openTraffic } from '../stack/site.js';
import { backlog, newestMark, relayedThrough } from '../store/promises.js';

/** REL-F10: milliseconds an event may take to drain. */
const perEvent = 120_000 / 100_000;
/** A small backlog is no measure of speed. Milliseconds. */
const atLeast = 5_000;
/** Until clients that backed off for long have found the broker again (REL-F13). Milliseconds. */
const comingBack = 60_000;

/** REL-D4: the broker goes as in a crash, and comes back on its data. */
export const kafkaOut: Drill = {
  name: 'kafka-out',
  what: 'the broker away for minutes under load: tokens go on, revocation reaches gateways by the feed, the backlog drains in order',
  times: 2,
  seconds: 120,
  async run(world) {
    const site = await openSite(world);
    const traffic = await openTraffic(world, site);
    const { journal } = traffic.load;
    await traffic.load.more(100);
    const quiet = performance.now();
    await lasting(world.seconds);
    const baseline = tallied(journal, 'token', quiet, performance.now());
    const outages: { asked: number; good: number; times: readonly number[] }[] = [];
    let calls = 0;
    let drained = 0;
    for (let nth = 0; nth < world.times; nth++) {
      await traffic.load.more(1 + world.random.int(50));
      world.say(`outage ${nth + 1} of ${world.times}`);
      const began = performance.now();
      const before = journal.calls.size;
      await site.stack.kill('kafka');
      // One that waits: whatever was recorded before the kill may be published already.
      await traffic.load.more(5);
      const first = await newestMark(site.behind);
      await lasting(world.seconds);
      outages.push(tallied(journal, 'token', began, performance.now()));
      calls += journal.calls.size - before;
      const [waiting, mark] = [await backlog(site.behind), await newestMark(site.behind)];
      await site.stack.startAgain('kafka');
      const back = performance.now();
      await waitFor(() => relayedThrough(site.behind, first), { timeout: comingBack });
      const found = performance.now();
      // New events keep coming: drained is what had waited.
      await waitFor(() => relayedThrough(site.behind, mark), { timeout: comingBack + waiting * perEvent * 2, every: 20 });
      const [again, took] = [Math.round(found - back), Math.round(performance.now() - found)];
      drained += waiting;
      world.count(`outage ${nth + 1}: events waiting, ms to the first and from there to the last`, `${waiting}, ${again}, ${took}`);
      world.hold(
        'the backlog drains within 2 minutes per 100 000 events, and 5 s',
        took > atLeast + waiting * perEvent ? [`${waiting} took ${took} ms`] : [],
      );
    }
    const asked = outages.reduce((sum, outage) => sum + outage.asked, 0);
    const good = outages.reduce((sum, outage) => sum + outage.good, 0);
    world.count('tokens asked for and answered before', `${baseline.asked} / ${baseline.good}`);
    world.count('token latency before, median / p99 / most ms', spread(baseline.times));
    world.count('tokens asked for and answered meanwhile', `${asked} / ${good}`);
    world.count('token latency meanwhile, median / p99 / most ms', spread(outages.flatMap(({ times }) => times)));
    world.count('calls let through meanwhile', calls);
    world.count('events that had waited', drained);
    world.hold('tokens succeed as before, 99.9 %', asked > 0 && good / asked >= 0.999 ? [] : [`${good} of ${asked}`]);
    world.hold('gateways go on', calls > 0 && answered(journal) > 0 ? [] : ['no call was let through']);
    await checkAll(world, site, traffic);
  },
};

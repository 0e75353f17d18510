import { randomUUID } from 'node:crypto';
import { allRelayed, allRolled, waitFor } from '@chancery/testing';
import type { Drill } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { difference } from '../invariants/multisets.js';
import { published } from '../invariants/order.js';
import { openSite, openTraffic } from '../stack/site.js';
import { LateWriters } from '../store/late-writers.js';

const patience = { timeout: 120_000, every: 100 };

/** REL-F8: beside the load, transactions that took their position long ago and commit now. */
export const order: Drill = {
  name: 'order',
  what: 'adversarial commit order beside the load: late commits, rollbacks and cut sessions; nothing is skipped, every stream in its order',
  times: 1_000,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const traffic = await openTraffic(world, site, { callers: 3 });
    const writers = world.keep(new LateWriters(site.database.url, site.behind));
    await writers.open(4);
    for (let nth = 0; nth < world.times; nth++) {
      if (nth % 100 === 0) world.say(`schedule ${nth + 1} of ${world.times}`);
      const streams = Array.from({ length: 4 }, () => `main/agent/drill-${randomUUID()}`);
      await writers.play(world.random, 12, streams);
    }
    const { committed, overtaken } = writers.schedule();
    await traffic.load.more(10);
    await traffic.load.stop();
    await waitFor(() => allRelayed(site.behind), patience);
    await waitFor(() => allRolled(site.behind), patience);
    world.count('schedules', world.times);
    world.count('events committed by them', committed.length);
    world.count('of those, committed behind a higher position', overtaken);
    world.hold('the schedules would lose events by position', overtaken > 0 ? [] : ['every commit was in the order of positions']);
    const topic = (await published(site.cluster, 'chancery.registry')).map(({ stream, revision }) => `${stream}@${revision}`);
    const ours = [...new Set(topic)].filter((event) => event.startsWith('main/agent/drill-'));
    world.hold('every committed event is published, and no other', difference(committed, ours));
    const rolled = await site.behind.query<{ event: string }>(
      `select stream || '@' || revision as event from audit.log_entry where stream like 'main/agent/drill-%'`,
    );
    world.hold(
      'every committed event is in the roll once, and no other',
      difference(
        committed,
        rolled.map(({ event }) => event),
      ),
    );
    await checkAll(world, site, traffic);
  },
};

import { allRelayed, allRolled, gaps, waitFor } from '@chancery/testing';
import type { World } from '../drill.js';
import { answered } from '../load/journal.js';
import { spread } from '../load/quantile.js';
import type { Site, Traffic } from '../stack/site.js';
import { runScript } from '../stack/run-script.js';
import { difference, jtisOf, jtisTold } from './multisets.js';
import { outOfOrder, published } from './order.js';
import { quarantined } from './quarantine.js';
import { listsAreAsRebuilt } from './rebuilt.js';
import { answeredIsRecorded } from './tokens.js';

const patience = { timeout: 180_000, every: 250 };

/**
 * The end of every drill, with all parts running again: the load stops, everything that is under way arrives, and then the invariants are checked.
 * @param ahead seconds that the store's clock is ahead of this machine's
 */
export async function checkAll(world: World, site: Site, traffic?: Traffic, ahead = 0): Promise<void> {
  const { behind, cluster, stack } = site;
  world.say('the invariants');
  await traffic?.load.stop();
  // Asked first, for the asking is an issuance, too.
  world.hold('nothing is left in quarantine', await quarantined(site));
  await arrives(world, 'every event is published', () => allRelayed(behind));
  await arrives(world, 'every event is in the roll', () => allRolled(behind));
  if (traffic) {
    await traffic.watch.stop();
    world.hold('no revoked token accepted after the bound', traffic.watch.late);
    world.count('revocation answered to refused, median / p99 / most ms', spread(traffic.watch.refusedAfter));
    world.hold(
      'there was load',
      answered(traffic.load.journal) > 0 && traffic.load.journal.ended.length > 0 ? [] : ['nothing was answered, or nothing revoked'],
    );
    await answeredIsRecorded(world, behind, traffic.load);
    await callsAreInTheRoll(world, site, traffic);
  }
  const events = await jtisOf(behind, 'es.event');
  world.count('issuance events', events.length);
  world.hold('issuance events = roll entries', difference(events, await jtisOf(behind, 'audit.log_entry')));
  await waitFor(async () => (await jtisTold(cluster)).length >= events.length, patience).catch(() => undefined);
  world.hold('issuance events = SIEM records', difference(events, await jtisTold(cluster)));
  const { store, roll } = await gaps(behind);
  world.hold('stream revisions without gaps', [...store, ...roll]);
  for (const topic of ['chancery.registry', 'chancery.issuance']) {
    const records = await published(cluster, topic);
    world.hold('published in the order of each stream', records.length > 0 ? outOfOrder(records) : [`nothing on ${topic}`]);
  }
  await rollIsProven(world, stack.data, ahead);
  await listsAreAsRebuilt(world, site);
}

/** What lags is not lost, and at the end of its patience it is. */
async function arrives(world: World, what: string, arrived: () => Promise<boolean>): Promise<void> {
  const late = await waitFor(arrived, patience).then(
    () => [],
    () => [`not within ${patience.timeout / 1_000} s`],
  );
  world.hold(what, late);
}

/** Every call that a gateway let through stands in the roll, once. */
async function callsAreInTheRoll(world: World, { behind }: Site, { load }: Traffic): Promise<void> {
  const rolled = async (): Promise<readonly string[]> => {
    const rows = await behind.query<{ id: string }>(
      `select convert_from(data, 'utf8')::jsonb ->> 'requestId' as id from audit.log_entry where type = 'activity.allowed'`,
    );
    return rows.map(({ id }) => id);
  };
  const missing = async (): Promise<string[]> => {
    const known = new Set(await rolled());
    return [...load.journal.calls].filter((id) => !known.has(id));
  };
  await waitFor(async () => (await missing()).length === 0, patience).catch(() => undefined);
  const ids = await rolled();
  world.hold('calls let through are in the roll, each once', [...(await missing()), ...difference([...new Set(ids)], ids)]);
}

async function rollIsProven(world: World, data: string, ahead: number): Promise<void> {
  const running = runScript({
    path: 'cli/bin/chancery.js',
    settings: { CHANCERY_DATA: data, NO_COLOR: '1', DRILL_SKEW: String(ahead), DRILL_SKEW_FROM: 'start' },
    args: ['log', 'verify'],
    preloads: ['skew'],
  });
  const { code } = await running.exit;
  world.hold('the roll is proven by `chancery log verify`', code === 0 ? [] : [`${running.stdout()}${running.stderr()}`.trim()]);
}

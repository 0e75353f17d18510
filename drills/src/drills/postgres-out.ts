import { waitFor } from '@chancery/testing';
import { askToken, callApi } from '../client/client.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import type { Sample } from '../load/journal.js';
import { lasting } from '../stack/pause.js';
import { openSite, openTraffic, type Site } from '../stack/site.js';

/** Seconds: while the store is known to be away nobody can revoke, so gateways may go on for this long. */
const storeAway = 10;

type Outage = 'unreachable' | 'killed' | 'silent';

/** REL-D3 and REL-D5: the store cannot be reached, is killed, or hangs with every connection open. */
export const postgresOut: Drill = {
  name: 'postgres-out',
  what: 'PostgreSQL unreachable, killed, or hanging under load: 503 with Retry-After, gateways go on for their budget and then deny',
  times: 6,
  seconds: 15,
  async run(world) {
    const site = await openSite(world, { storeAway });
    const traffic = await openTraffic(world, site);
    const { journal } = traffic.load;
    const outages: Outage[] = [];
    while (outages.length < world.times) outages.push(...world.random.shuffle<Outage>(['unreachable', 'killed', 'silent']));
    const answers = new Map<string, number>();
    let longest = 0;
    for (const [nth, outage] of outages.slice(0, world.times).entries()) {
      await traffic.load.more(20 + world.random.int(50));
      world.say(`outage ${nth + 1} of ${world.times}: ${outage}`);
      const began = journal.samples.length;
      await takeAway(world, site, outage);
      const back = performance.now();
      const probe = await site.operator.newAgent();
      const token = await waitFor(async () => (await askToken(probe)).body.access_token as string, { timeout: 60_000 });
      await waitFor(async () => (await callApi(probe, token)).status === 200, { timeout: 60_000 });
      longest = Math.max(longest, performance.now() - back);
      for (const { what, status } of journal.samples.slice(began))
        answers.set(`${what} ${status}`, (answers.get(`${what} ${status}`) ?? 0) + 1);
    }
    for (const [answer, count] of [...answers].toSorted(([a], [b]) => a.localeCompare(b)))
      world.count(`answers meanwhile: ${answer}`, count);
    world.count('longest from the end of an outage to a token and a call, ms', Math.round(longest));
    world.hold('no request is left hanging over 30 s', journal.samples.filter(hanging));
    await traffic.load.more(10);
    await checkAll(world, site, traffic);
  },
};

const hanging = ({ began, ended }: Sample): boolean => ended - began > 30_000;

async function takeAway(world: World, { database, operator, behind }: Site, outage: Outage): Promise<void> {
  if (outage === 'killed') return database.kill();
  if (outage === 'silent') {
    const backends = await behind.query<{ pid: number }>(`select pid from pg_stat_activity where application_name like 'chancery %'`);
    const pids = [database.pid(), ...backends.map(({ pid }) => pid)];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await lasting(world.seconds);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    return;
  }
  const agent = await operator.newAgent();
  const { body } = await askToken(agent);
  await database.wire.refuse();
  const began = performance.now();
  try {
    const statuses: { after: number; status: number }[] = [];
    while (performance.now() - began < world.seconds * 1_000) {
      const { status } = await callApi(agent, body.access_token);
      statuses.push({ after: performance.now() - began, status });
      await lasting(0.05);
    }
    const goes = statuses.filter(({ status }) => status === 200).at(-1)?.after ?? 0;
    world.count('store unreachable: gateways went on for, ms', Math.round(goes));
    world.hold('gateways go on while the store is away, and deny behind their budget', [
      ...(statuses.some(({ after, status }) => after < 1_000 && status !== 200) ? ['denied in the first second'] : []),
      ...(goes > (storeAway + 1) * 1_000 ? [`accepted ${Math.round(goes)} ms after the store was gone`] : []),
    ]);
  } finally {
    await database.wire.accept();
  }
}

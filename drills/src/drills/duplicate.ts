import { topics } from '@chancery/events';
import { allRelayed, allRolled, asSent, waitFor } from '@chancery/testing';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { openSite, openTraffic, type Site } from '../stack/site.js';

/** How far apart two deliveries may change places. */
const window = 20;
const patience = { timeout: 120_000, every: 100 };

/** REL-F3, S-165, S-169: every record 1 to 5 times and out of order, and all of them again from the beginning. */
export const duplicate: Drill = {
  name: 'duplicate',
  what: 'every record of the topics again, 1 to 5 times, reordered in a window, then all from the beginning: each counts once',
  times: 5,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const traffic = await openTraffic(world, site);
    let sent = 0;
    for (let nth = 0; nth < world.times; nth++) {
      world.say(`round ${nth + 1} of ${world.times}`);
      await traffic.load.more(60);
      for (const topic of [topics.registry, topics.issuance, topics.activity, topics.revocations])
        sent += await sendAgain(world, site, topic);
      await startFromTheBeginning(site);
      await traffic.load.more(10);
    }
    world.count('records sent again', sent);
    world.count('times the audit service began from the beginning', world.times);
    await traffic.load.stop();
    await waitFor(() => allRelayed(site.behind), patience);
    await waitFor(() => allRolled(site.behind), patience);
    const twice = await site.behind.query('select stream, record_id from audit.log_entry group by 1, 2 having count(*) > 1');
    world.hold('each record is in the roll once', twice);
    await checkAll(world, site, traffic);
  },
};

async function sendAgain({ random }: World, { cluster }: Site, topic: string): Promise<number> {
  const all = (await cluster.contentsOf(topic)).filter(({ value }) => value !== null);
  const again = all.flatMap((message, place) =>
    Array.from({ length: 1 + random.int(5) }, () => ({ message, place: place + random.int(window) })),
  );
  const reordered = again.toSorted((a, b) => a.place - b.place).map(({ message }): KafkaMessage => message);
  for (let from = 0; from < reordered.length; from += 500) await cluster.plant(topic, ...reordered.slice(from, from + 500).map(asSent));
  return reordered.length;
}

/** The offsets of its groups are gone, as after too long an outage. */
async function startFromTheBeginning({ stack }: Site): Promise<void> {
  await stack.kill('audit');
  const admin = new Kafka({ brokers: [stack.kafka], clientId: 'somebody', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith('chancery.audit.'));
    if (ours.length === 0) throw new Error('the audit service has no groups');
    // A group is not deleted before its last member is given up, some seconds behind its death.
    for (const group of ours) await waitFor(() => admin.deleteGroups([group]), { timeout: 90_000, every: 500 });
  } finally {
    await admin.disconnect();
  }
  await stack.startAgain('audit');
}

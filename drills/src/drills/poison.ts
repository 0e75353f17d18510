import { topics } from '@chancery/events';
import type { Bus } from '@chancery/eventstore';
import { openKafkaBus } from '@chancery/eventstore/kafka';
import { openSecrets } from '@chancery/platform/composed';
import { claimsOf, waitFor } from '@chancery/testing';
import { join } from 'node:path';
import { askToken, callApi, type Client } from '../client/client.js';
import { patiently } from '../client/operator.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { quarantined } from '../invariants/quarantine.js';
import { spread } from '../load/quantile.js';
import { forgeries, fromTheFuture } from '../kafka/poison.js';
import { openSite, openTraffic, type Site } from '../stack/site.js';

interface Scene {
  readonly world: World;
  readonly site: Site;
  readonly agent: Client;
  /** Writes under the keys of the relay, as a newer release of it would. */
  readonly relay: Bus;
}

const newer = 'a record of a newer release';
const patience = { timeout: 60_000, every: 50 };

/** REL-D8: S-163. */
export const poison: Drill = {
  name: 'poison',
  what: 'forged, malformed and unknown records on the topics: quarantined with their cause, their key held until it is decided, all else flows',
  times: 28,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const traffic = await openTraffic(world, site, { callers: 3 });
    const macKeys = openSecrets(join(site.stack.data, 'services', 'token')).macKeys();
    const relay = openKafkaBus({ brokers: [site.stack.kafka], clientId: 'relay', issuer: site.stack.issuer, macKeys });
    world.keep({ close: () => relay.close() });
    const scene = { world, site, agent: await site.operator.newAgent(), relay };
    const names = [...Object.keys(forgeries), newer];
    const order = Array.from({ length: Math.ceil(world.times / names.length) }, () => world.random.shuffle(names)).flat();
    const [listed, released]: [number[], number[]] = [[], []];
    for (const [nth, name] of order.slice(0, world.times).entries()) {
      world.say(`${nth + 1} of ${world.times}: ${name}`);
      await traffic.load.more(1 + world.random.int(10));
      const took = await playOne(scene, name);
      listed.push(took.listed);
      released.push(took.released);
    }
    world.count('poisoned keys', world.times);
    world.count('planted to listed in quarantine, median / p99 / most ms', spread(listed));
    world.count('given up to the held records in the roll, median / p99 / most ms', spread(released));
    await traffic.load.more(10);
    await checkAll(world, site, traffic);
  },
};

/** A mandate is recorded, its key poisoned, and the mandate ended: its end may wait, nothing else may, and at every gateway it is in force. */
async function playOne({ world, site, agent, relay }: Scene, name: string): Promise<{ listed: number; released: number }> {
  const { body } = await patiently(() => askToken(agent));
  const grant = String(claimsOf(body.access_token)['grant_id']);
  const key = `main/grant/${grant}`;
  await waitFor(async () => (await rolledOf(site, key)).length === 1, patience);
  const planted = performance.now();
  await plant(site, relay, { name, key });
  const bad = await waitFor(async () => (await quarantined(site)).find((each) => each.key === key && each.cause !== 'held'), patience);
  const listed = performance.now() - planted;

  const ended = await patiently(() =>
    site.operator.operate({ scope: 'chancery:revoke', path: `/grants/${grant}/revoke`, body: { reason: 'a drill' } }),
  );
  const revoked = performance.now();
  world.hold('a poisoned mandate can be ended', ended.status === 200 ? [] : [`${name}: ${ended.status}`]);
  await waitFor(async () => (await callApi(agent, body.access_token)).status === 401, patience);
  const took = performance.now() - revoked;
  world.hold('no revoked token accepted after the bound', took > site.bound ? [`${name}: ${Math.round(took)} ms`] : []);
  // Undecided as it is, it holds up no other key.
  const { body: other } = await patiently(() => askToken(agent));
  await waitFor(async () => (await rolledOf(site, `main/grant/${claimsOf(other.access_token)['grant_id']}`)).length === 1, patience);
  await waitFor(async () => (await quarantined(site)).some((each) => each.key === key && each.cause === 'held'), patience);
  const held = await rolledOf(site, key);
  world.hold('later records of a poisoned key are held', held.length === 1 ? [] : [`${name}: ${held.length} in the roll`]);

  const drop = await patiently(() =>
    site.operator.operate({ scope: 'chancery:policy', path: `/quarantine/${bad.id}/drop`, body: { reason: 'planted by a drill' } }),
  );
  const dropped = performance.now();
  world.hold('an operator gives it up', drop.status === 200 ? [] : [`${name}: ${drop.status} ${JSON.stringify(drop.body)}`]);
  await waitFor(async () => (await rolledOf(site, key)).length === 2, patience);
  return { listed, released: performance.now() - dropped };
}

async function plant({ cluster }: Site, relay: Bus, { name, key }: { name: string; key: string }): Promise<void> {
  if (name === newer) return relay.publish([fromTheFuture(topics.issuance, key)]);
  const genuine = (await cluster.contentsOf(topics.issuance)).at(-1);
  const forge = forgeries[name];
  if (!genuine || !forge) throw new Error(`nothing to forge ${name} of`);
  await cluster.plant(topics.issuance, forge(genuine, key));
}

const rolledOf = ({ behind }: Site, stream: string): Promise<readonly unknown[]> =>
  behind.query('select type from audit.log_entry where stream = $1 order by position', [stream]);

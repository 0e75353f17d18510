import { movedClock } from '@chancery/eventstore/moved-clock';
import { claimsOf, waitFor } from '@chancery/testing';
import { askToken, callApi, type Client, revokeToken } from '../client/client.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { spread } from '../load/quantile.js';
import { operatorFrom, patiently } from '../client/operator.js';
import { openSite, type Site } from '../stack/site.js';

/** Seconds the store's clock is moved by. Backwards is waited for: nothing is recorded before the time that was stamped last. */
const jumps = [1, 5, 20, -0.4, -3];
/** An hour ahead, and an hour behind. */
const skews = [3_600, -3_600];

interface Scene {
  readonly world: World;
  readonly site: Site;
  /** Of the gateways whose own clocks are right, ahead and behind. */
  readonly doors: readonly string[];
  /** How far the store's clock is from this machine's, in seconds. */
  moved: number;
  /** Of the last token. */
  last: number;
}

/** REL-D10, REL-F17. */
export const clock: Drill = {
  name: 'clock',
  what: "the store's clock jumps, and those of gateways and of the token service are an hour off: no wrong acceptance, time never goes back",
  times: 12,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const doors = [site.stack.issuer, ...(await skewedGateways(site))];
    await skewTokenService(site);
    const scene: Scene = { world, site, doors, moved: 0, last: 0 };
    // Whose clock follows the store's: what an agent with a wrong clock of its own is refused is no matter of this drill.
    const registered = await site.operator.newAgent();
    const agent: Client = { ...registered, now: () => Date.now() / 1_000 + scene.moved };
    const times: number[] = [];
    const order = Array.from({ length: Math.ceil(world.times / jumps.length) }, () => world.random.shuffle(jumps)).flat();
    for (const [nth, jump] of order.slice(0, world.times).entries()) {
      world.say(`jump ${nth + 1} of ${world.times}: ${jump} s`);
      times.push(await playJump(scene, agent, jump));
    }
    world.count('jumps', world.times);
    world.count('an hour off', 'two gateways, one ahead and one behind, and the token service, ahead');
    world.count('jump to the first token and the first call at every gateway, median / p99 / most ms', spread(times));
    await expiryIsTheStores(scene, agent);
    await checkAll(world, { ...site, operator: operatorOf(scene) }, undefined, scene.moved);
  },
};

const skewed = (seconds: number) => ({ preloads: ['skew'] as const, settings: { DRILL_SKEW: String(seconds) } });

/** They start in time, for a first word is dated by a gateway's own clock (ADR 0018), and are set wrong then. */
async function skewedGateways({ stack }: Site): Promise<readonly string[]> {
  const doors: string[] = [];
  for (const skew of skews) {
    const { url, process: gateway } = await stack.replica('gateway', `gw-${skew > 0 ? 'ahead' : 'behind'}`, skewed(skew));
    process.kill(gateway.pid, 'SIGUSR2');
    doors.push(url);
  }
  return doors;
}

/** What is issued is dated by the database. */
async function skewTokenService({ stack }: Site): Promise<void> {
  await stack.kill('token');
  await stack.startOwn('token', skewed(skews[0] ?? 0));
  process.kill(stack.pid('token'), 'SIGUSR2');
}

async function playJump(scene: Scene, agent: Client, jump: number): Promise<number> {
  const { world, site, doors } = scene;
  const before = await issue(scene, agent);
  scene.moved += jump;
  await site.behind.query(movedClock(scene.moved));
  const jumped = performance.now();
  const held = await issue(scene, agent);
  for (const door of doors) await accepted(agent, held.token, door);
  const took = performance.now() - jumped;

  for (const { token, grant } of [before, held]) {
    const { status } = await patiently(() => revokeToken(agent, token));
    const revoked = performance.now();
    world.hold('a revocation is answered', status === 200 ? [] : [`${jump} s: ${status}`]);
    for (const door of doors) {
      const refused = await refusedAfter(agent, { token, door }, revoked);
      world.hold(
        'no revoked token accepted after the bound',
        refused > site.bound ? [`${grant}, ${jump} s, at ${door}: ${Math.round(refused)} ms`] : [],
      );
    }
  }
  return took;
}

/** A token by the store's clock: its times never go back. */
async function issue(scene: Scene, agent: Client): Promise<{ token: string; grant: string }> {
  const { body } = await waitFor(
    async () => {
      const answer = await askToken(agent);
      return answer.status === 200 && answer;
    },
    { timeout: 90_000, every: 100 },
  );
  const { iat, grant_id: grant } = claimsOf(body.access_token) as unknown as { iat: number; grant_id: string };
  scene.world.hold('no token is older than one before it', iat < scene.last ? [`${iat} behind ${scene.last}`] : []);
  scene.last = iat;
  return { token: body.access_token, grant };
}

const accepted = (agent: Client, token: string, at: string): Promise<unknown> =>
  waitFor(async () => (await callApi(agent, token, { at })).status === 200, { timeout: 90_000, every: 50 });

/** Milliseconds from `since` to when the last call began that was let through. */
async function refusedAfter(agent: Client, { token, door }: { token: string; door: string }, since: number): Promise<number> {
  let last = 0;
  await waitFor(
    async () => {
      const began = performance.now();
      const { status } = await callApi(agent, token, { at: door });
      if (status === 200) last = began - since;
      return status === 401;
    },
    { timeout: 60_000, every: 10 },
  );
  return last;
}

/** When the store's clock passes the end of a token, it is over at every gateway, whatever their own clocks say: by their next look at the store's, half a minute later at most. */
async function expiryIsTheStores(scene: Scene, agent: Client): Promise<void> {
  const { world, site, doors } = scene;
  const { token } = await issue(scene, agent);
  for (const door of doors) await accepted(agent, token, door);
  scene.moved += 660;
  await site.behind.query(movedClock(scene.moved));
  const jumped = performance.now();
  for (const door of doors) {
    const last = await refusedAfter(agent, { token, door }, jumped);
    world.hold(
      'an expired token is refused within 35 s of the jump behind its end',
      last > 35_000 ? [`at ${door}: ${Math.round(last)} ms`] : [],
    );
  }
  const fresh = await issue(scene, agent);
  for (const door of doors) await accepted(agent, fresh.token, door);
  await everyServiceFollows(scene);
  world.count(
    'a jump over the end of a token: to all gateways refusing it, and all services in time, ms',
    Math.round(performance.now() - jumped),
  );
}

const operatorOf = (scene: Scene) => operatorFrom(scene.site.stack.operator, () => Date.now() / 1_000 + scene.moved);

/** A service that has nothing to record asks the store for its time twice a minute; until then it takes a gateway's word for one from the future. */
async function everyServiceFollows(scene: Scene): Promise<void> {
  const { operate } = operatorOf(scene);
  const began = performance.now();
  for (const [scope, path] of [
    ['chancery:audit', '/gateways'],
    ['chancery:registry', '/agents'],
  ] as const)
    await waitFor(async () => (await operate({ scope, method: 'GET', path })).status === 200, { timeout: 60_000, every: 100 });
  const took = performance.now() - began;
  scene.world.hold('every service follows the store within 35 s', took > 35_000 ? [`${Math.round(took)} ms`] : []);
}

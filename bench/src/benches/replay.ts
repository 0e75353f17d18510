import { join } from 'node:path';
import { newAgentId } from '@chancery/platform';
import { appendMany } from '../append-many.js';
import { entriesOf, eventsOf } from '../audited.js';
import { startChancery } from '../chancery.js';
import { builtScript, startContestant } from '../contestant.js';
import { asOwner, startDatabase, urlAs } from '../database.js';
import { exportRoll } from '../export-roll.js';
import { WrongAnswer } from '../load/drive.js';
import { operatorAt } from '../operator.js';
import { plainIssuance, registration } from '../samples.js';
import type { Replayed, ReplayingTask } from '../servers/replaying.js';
import { best } from '../statistics.js';
import { until } from '../until.js';
import type { Bench, World } from '../world.js';

const million = 1_000_000;

/** One event in ten registers an agent: those are what the lists are made of. */
const agentsAmong = 10;

/** How long it takes to make everything anew from a million events. */
export const replay: Bench = {
  name: 'replay',
  what: 'a million events: folded in memory, projections rebuilt, the roll verified',
  async run(world) {
    const events = world.quick ? million / 100 : million;
    const { url, roll } = await prepare(world, events);
    await measure(world, { what: 'fold', task: { work: 'fold', url: urlAs(url, 'registration') }, floor: 15, goal: 5 });
    await measure(world, { what: 'rebuild', task: { work: 'rebuild', url: urlAs(url, 'registration') }, floor: 60, goal: 20 });
    await measure(world, { what: 'verify-roll', task: { work: 'verify', ...roll }, floor: 10, goal: 4 });
  },
};

/** A store with so many events, and its roll in a file. */
async function prepare(world: World, events: number): Promise<{ url: string; roll: { file: string; key: string } }> {
  const database = await startDatabase(world);
  const { url } = database;
  const chancery = await startChancery(world, { database });
  world.progress(`${events} events`);
  const agents = Array.from({ length: events / agentsAmong }, newAgentId);
  await appendMany(url, 'registration', { count: agents.length, make: (nth) => registration({ agentId: agents[nth] ?? '' }) });
  await appendMany(url, 'token', { count: events - agents.length, make: (nth) => plainIssuance(agents[nth % agents.length] ?? '') });
  await asOwner(url, async (client) => {
    const total = await eventsOf(client);
    const look = async () => ((await entriesOf(client)) >= total ? total : undefined);
    await until(look, { what: 'the audit log', within: 600_000, every: 200 });
  });
  world.progress('the roll is exported');
  const file = join(world.folder, 'roll.jsonl');
  const { key } = await exportRoll(operatorAt(chancery.issuer, chancery.operator), file);
  await world.drop(chancery);
  return { url, roll: { file, key } };
}

interface Measured {
  readonly what: string;
  readonly task: ReplayingTask;
  /** Seconds. */
  readonly floor: number;
  readonly goal: number;
}

async function measure(world: World, { what, task, floor, goal }: Measured): Promise<void> {
  const { cores, folder, rounds } = world;
  const script = builtScript('servers/replaying.js');
  const child = world.keep(await startContestant({ name: what, script, core: cores.server, ready: /^ready$/m, folder }));
  const results: Replayed[] = [];
  for (let round = 1; round <= rounds; round++) {
    const result = await child.ask<Replayed>(task);
    world.progress(`${what} ${result.seconds.toFixed(2)} s, ${result.count} events`);
    results.push(result);
  }
  await world.drop(child);
  if (new Set(results.map(({ hash, count }) => `${hash} ${count}`)).size !== 1)
    throw new WrongAnswer(`${what} came out another way each time`);
  const { seconds, cpu, count } = best(results, (each) => -each.seconds);
  world.report({
    name: `replay/${what}`,
    unit: 's',
    ours: seconds,
    cpu: (cpu * 1e6) / count,
    ...(!world.quick && { bounds: { of: 'ours', direction: 'at most', floor, goal } as const }),
    note: `${count} events; the same hash in each of ${rounds} rounds`,
  });
}

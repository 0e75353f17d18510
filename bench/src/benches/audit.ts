import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { appendMany } from '../append-many.js';
import { auditTrouble, entriesOf, eventsOf } from '../audited.js';
import { type Chancery, startChancery } from '../chancery.js';
import { type Database, startDatabase } from '../database.js';
import { WrongAnswer } from '../load/drive.js';
import { best, smallest } from '../statistics.js';
import { newAgentId } from '@chancery/platform';
import { plainIssuance } from '../samples.js';
import { until } from '../until.js';
import type { Bench, World } from '../world.js';

/** How fast what was recorded comes into the roll and the log beside it, each event exactly once. */
export const audit: Bench = {
  name: 'audit',
  what: 'records per second into roll and log, exactly once',
  async run(world) {
    const database = await startDatabase(world);
    const events = world.quick ? 8_000 : 200_000;
    const backlog = await prepare(world, database, events);
    const rounds: Caught[] = [];
    for (let round = 1; round <= world.rounds; round++) rounds.push(await catchUp(world, { database, backlog, name: `round_${round}` }));
    const { rate } = best(rounds, (each) => each.rate);
    const cpus = rounds.flatMap(({ cpu }) => cpu ?? []);
    world.report({
      name: 'audit/roll-and-log',
      unit: '/s',
      ours: rate,
      ...(cpus.length > 0 && { cpu: smallest(cpus) }),
      bounds: { of: 'ours', direction: 'at least', floor: 20_000, goal: 40_000 },
      note: `${events} events, caught up with by a Chancery that starts`,
    });
  },
};

interface Backlog {
  readonly settings: Readonly<Record<string, string>>;
  readonly place: Chancery['place'];
}

const template = 'prepared';

/** A database in which many events wait for the audit service. */
async function prepare(world: World, database: Database, events: number): Promise<Backlog> {
  const url = await database.create(template);
  const settings = { CHANCERY_MASTER_KEY: randomBytes(32).toString('base64url') };
  const first = await startChancery(world, { database: { url }, settings });
  await world.drop(first);
  world.progress(`${events} events`);
  const agents = Array.from({ length: 100 }, newAgentId);
  await appendMany(url, 'token', { count: events, make: (nth) => plainIssuance(agents[nth % agents.length] ?? '') });
  return { settings, place: first.place };
}

interface Caught {
  readonly rate: number;
  /** Microseconds for each entry; absent when everything had come before the start was through. */
  readonly cpu?: number;
}

async function catchUp(world: World, { database, backlog, name }: { database: Database; backlog: Backlog; name: string }): Promise<Caught> {
  const url = await database.create(name, template);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const [before, total] = [await entriesOf(client), await eventsOf(client)];
    const watched = watch(client, { before, total });
    const chancery = await startChancery(world, { database: { url }, ...backlog });
    // From here on it does nothing else: what a start costs is over.
    const idle = { entries: await entriesOf(client), cpu: (await chancery.usage()).cpu };
    const { began, ended } = await watched;
    const used = (await chancery.usage()).cpu - idle.cpu;
    await world.drop(chancery);
    const trouble = await auditTrouble(client);
    if (trouble !== undefined) throw new WrongAnswer(trouble);
    const rate = (ended.entries - began.entries) / ((ended.at - began.at) / 1_000);
    world.progress(`${Math.round(rate)}/s`);
    return { rate, ...(idle.entries < total && { cpu: (used * 1e6) / (total - idle.entries) }) };
  } finally {
    await client.end();
  }
}

/** The first and the last look at a log that grows to that size. */
async function watch(client: pg.Client, { before, total }: { before: number; total: number }) {
  const look = async (enough: (entries: number) => boolean) => {
    const entries = await entriesOf(client);
    return enough(entries) ? { entries, at: performance.now() } : undefined;
  };
  const patience = { within: 300_000, every: 5 };
  const began = await until(() => look((entries) => entries > before), { what: 'the first entry', ...patience });
  const ended = await until(() => look((entries) => entries >= total), { what: 'the last entry', ...patience });
  return { began, ended };
}

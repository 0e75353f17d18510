import { newAgentId } from '@chancery/platform';
import { appendMany } from '../append-many.js';
import { registerInStore, startTokenService } from '../bare-token-service.js';
import { type Database, startDatabase } from '../database.js';
import type { Figure } from '../figure.js';
import type { Client } from '../operator.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound, type Round } from '../rounds.js';
import { plainIssuance } from '../samples.js';
import { seededStore } from '../seeded-store.js';
import { flows } from '../token-requests.js';
import { tokenTurn } from '../token-turn.js';
import { apart, type Bench, type World } from '../world.js';

const flow = flows.secret;
const connections = 64;

/** Requests are made for so many of the agents at most, drawn evenly: more than are asked for in one turn. */
const mostAsked = 50_000;

/** How the cost of a token grows with the number of agents, of events and of processes. */
export const scale: Bench = {
  name: 'scale',
  what: 'the cost of a token with more agents, more events, more processes',
  async run(world) {
    const top = world.quick ? 4 : 6;
    await apart(world, (own) => grow(own, { what: 'agents', powers: range(3, top), prepare: addAgents }));
    await apart(world, (own) => grow(own, { what: 'events', powers: range(world.quick ? 3 : 4, top), prepare: addEvents }));
    await apart(world, processes);
  },
};

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, nth) => from + nth);

interface Growth {
  readonly what: string;
  /** Of ten. */
  readonly powers: readonly number[];
  /** Adds as many as there have to be more; answers whom to ask for. */
  readonly prepare: (step: Step) => Promise<readonly Client[]>;
}

interface Step {
  readonly database: Database;
  readonly from: number;
  readonly to: number;
  readonly clients: readonly Client[];
}

async function grow(world: World, { what, powers, prepare }: Growth): Promise<void> {
  const database = await startDatabase(world, `postgres-${what}`);
  await seededStore(database.url, 0);
  let clients: readonly Client[] = [];
  let from = 0;
  const curve: { size: number; round: Round }[] = [];
  for (const size of powers.map((power) => 10 ** power)) {
    world.progress(`${size} ${what}`);
    clients = await prepare({ database, from, to: size, clients });
    from = size;
    // A new process each time: what it remembers of the smaller number must not help it.
    const server = await startTokenService(world, { database, clients: everyNth(clients, mostAsked) });
    const results = await alternate([server], world.rounds, () => tokenTurn(world, { server, flow, connections }));
    await world.drop(server.contestant);
    const round = bestRound(results.get(server) ?? []);
    curve.push({ size, round });
    world.report({ name: `scale/${what}/${size}`, unit: 'µs a token', ours: costOf(round), ...performanceOf(round) });
  }
  reportShape(world, what, curve);
}

/** Of the application and PostgreSQL together. */
const costOf = ({ cpu, databaseCpu = 0 }: Round): number => cpu + databaseCpu;

function reportShape(world: World, what: string, curve: readonly { size: number; round: Round }[]): void {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last || first === last) return;
  const [ours, peer] = [costOf(last.round), costOf(first.round)];
  const flat: NonNullable<Figure['bounds']> = { of: 'ratio', direction: 'at most', floor: 1.5, goal: 1.2 };
  const shape = curve.map(({ size, round }) => `${size}: ${costOf(round).toFixed(0)}`).join(', ');
  world.report({
    name: `scale/${what}`,
    unit: 'µs a token',
    ours,
    peer,
    ratio: ours / peer,
    judgedBy: 'cpu',
    bounds: flat,
    note: `µs of application and PostgreSQL by ${what}: ${shape}`,
  });
}

/** So many, evenly over all of them. */
const everyNth = <Element>(all: readonly Element[], most: number): readonly Element[] =>
  all.length <= most ? all : Array.from({ length: most }, (_, nth) => all[Math.floor((nth * all.length) / most)] as Element);

async function addAgents({ database, from, to, clients }: Step): Promise<readonly Client[]> {
  return [...clients, ...(await registerInStore(database.url, to - from))];
}

async function addEvents({ database, from, to, clients }: Step): Promise<readonly Client[]> {
  const agentId = newAgentId();
  await appendMany(database.url, 'token', { count: to - from, make: () => plainIssuance(agentId) });
  return clients.length > 0 ? clients : registerInStore(database.url, 100);
}

/** One, two, four processes on as many cores, each driven by itself; only where PostgreSQL and the load still have a core. */
async function processes(world: World): Promise<void> {
  const { cores } = world;
  const spare = cores.count - 2;
  const counts = [1, 2, 4].filter((count) => count === 1 || (cores.server !== undefined && count <= spare));
  const database = await startDatabase(world, 'postgres-processes');
  await seededStore(database.url, 0);
  const clients = await registerInStore(database.url, 100);
  for (const count of counts) {
    // The last ones: the first are the database's and the load's own.
    const coreOf = (nth: number) => (count === 1 ? cores.server : String(cores.count - 1 - nth));
    const servers = await Promise.all(
      Array.from({ length: count }, (_, nth) => startTokenService(world, { database, clients, core: coreOf(nth) })),
    );
    const driven = { ...world, cores: { ...cores, client: count === 1 ? cores.client : '0' } };
    const rates: number[] = [];
    for (let round = 0; round <= world.rounds; round++) {
      const turns = await Promise.all(servers.map((server) => tokenTurn(driven, { server, flow, connections })));
      if (round > 0) rates.push(turns.reduce((sum, { rate }) => sum + rate, 0));
    }
    for (const server of servers) await world.drop(server.contestant);
    world.report({ name: `scale/processes/${count}`, unit: '/s', ours: Math.max(...rates), note: `of ${cores.count} cores` });
  }
}

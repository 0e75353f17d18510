import { bareCrypto, type BareCrypto } from '../bare-crypto.js';
import { type Chancery, startChancery } from '../chancery.js';
import { type Database, startDatabase } from '../database.js';
import type { Bounds } from '../figure.js';
import { type Peer, startPeer } from '../peer.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound, type Round, timesFaster } from '../rounds.js';
import { type Flow, flows } from '../token-requests.js';
import { ourTokenServer, peerTokenServer, tokenTurn } from '../token-turn.js';
import type { Bench, World } from '../world.js';

const connections = 64;

const floors: readonly (readonly [Flow, number, number])[] = [
  [flows.secret, 1.5, 2],
  [flows.assertion, 1.5, 2],
  [flows.secretDpop, 2, 2.7],
  [flows.assertionDpop, 1.6, 2],
];

/** Tokens by client credentials: ours each durable before it is answered, oidc-provider's in memory. */
export const token: Bench = {
  name: 'token',
  what: 'durable client credentials against oidc-provider in memory',
  async run(world) {
    const limit = await bareCrypto(world);
    const clients = world.quick ? 20 : 200;
    const database = await startDatabase(world);
    const ours = await startChancery(world, { database });
    const peer = await startPeer(world, clients);
    for (const [flow, floor, goal] of floors)
      await compare(world, { database, ours, peer, clients, flow, limit, bounds: atLeast(floor, goal) });
  },
};

const atLeast = (floor: number, goal: number): Bounds => ({ of: 'ratio', direction: 'at least', floor, goal });

interface Comparison {
  readonly database: Database;
  readonly ours: Chancery;
  readonly peer: Peer;
  readonly clients: number;
  readonly flow: Flow;
  readonly limit: BareCrypto;
  readonly bounds: Bounds;
}

async function compare(world: World, { database, ours, peer, clients, flow, limit, bounds }: Comparison): Promise<void> {
  world.progress(`${flow.name}: ${clients} agents`);
  const us = await ourTokenServer(ours, database, { flow, agents: clients });
  const them = peerTokenServer(peer, flow);
  const results = await alternate([us, them], world.rounds, (server) => tokenTurn(world, { server, flow, connections }));
  const [best, theirs] = [bestRound(results.get(us) ?? []), bestRound(results.get(them) ?? [])];

  const name = `token/${flow.name}`;
  const { ratio, judgedBy } = timesFaster(best, theirs);
  const did = performanceOf(best);
  const peerDid = performanceOf(theirs);
  world.report({ name, unit: '/s', ours: best.rate, peer: theirs.rate, ratio, judgedBy, ...did, peerDid, bounds });
  const p99: Bounds = { of: 'ratio', direction: 'at most', floor: 1, goal: 0.5 };
  world.report({ name: `${name}/p99`, unit: 'ms', ours: best.p99, peer: theirs.p99, ratio: best.p99 / theirs.p99, bounds: p99 });
  if (flow === flows.assertionDpop) reportShare(world, best, limit);
}

/** What a core could do if it did nothing but the two verifications and the signature that such a token takes. */
function reportShare(world: World, { cpu }: Round, { sign, verify }: BareCrypto): void {
  const [ours, limit] = [1e6 / cpu, 1e6 / (2 * verify + sign)];
  world.report({
    name: `token/${flows.assertionDpop.name}/of-bare-crypto`,
    unit: '/s a core',
    ours,
    limit,
    ratio: ours / limit,
    judgedBy: 'cpu',
    bounds: atLeast(0.42, 0.55),
    note: `bare ES256: sign ${sign.toFixed(1)} µs, verify ${verify.toFixed(1)} µs`,
  });
}

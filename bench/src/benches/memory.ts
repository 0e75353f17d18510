import { startChancery } from '../chancery.js';
import { builtScript, startContestant } from '../contestant.js';
import { startDatabase } from '../database.js';
import { startPeer } from '../peer.js';
import { alternate, bestRound } from '../rounds.js';
import { flows } from '../token-requests.js';
import { ourTokenServer, peerTokenServer, tokenTurn } from '../token-turn.js';
import { apart, type Bench, type World } from '../world.js';

/** Resident memory under load, and what one revocation costs a gateway. */
export const memory: Bench = {
  name: 'memory',
  what: 'resident memory under load against the peer; bytes of a revocation held by a gateway',
  async run(world) {
    await apart(world, underLoad);
    await apart(world, ofRevocations);
  },
};

async function underLoad(world: World): Promise<void> {
  const agents = world.quick ? 20 : 200;
  const database = await startDatabase(world);
  const [ours, peer] = [await startChancery(world, { database }), await startPeer(world, agents)];
  const flow = flows.secretDpop;
  const servers = [await ourTokenServer(ours, database, { flow, agents }), peerTokenServer(peer, flow)] as const;
  const results = await alternate(servers, world.rounds, (server) => tokenTurn(world, { server, flow, connections: 64 }));
  const [us, them] = servers.map((server) => bestRound(results.get(server) ?? []).memory ?? Number.NaN) as [number, number];
  world.report({
    name: 'memory/under-load',
    unit: 'MB',
    ours: us,
    peer: them,
    ratio: us / them,
    bounds: { of: 'ratio', direction: 'at most', floor: 1, goal: 0.8 },
    note: 'all five services in one process, without PostgreSQL',
  });
}

async function ofRevocations(world: World): Promise<void> {
  const entries = world.quick ? 100_000 : 1_000_000;
  world.progress(`${entries} revocations`);
  const { cores, folder } = world;
  const script = builtScript('servers/holding-revocations.js');
  const nodeArgs = ['--expose-gc'];
  const holding = await startContestant({ name: 'holding', script, nodeArgs, core: cores.server, ready: /^ready$/m, folder });
  world.keep(holding);
  const { bytes } = await holding.ask<{ bytes: number }>({ entries });
  world.report({
    name: 'memory/revocation',
    unit: 'bytes',
    ours: bytes,
    bounds: { of: 'ours', direction: 'at most', floor: 120, goal: 85 },
    note: `of ${entries} revoked grants held`,
  });
}

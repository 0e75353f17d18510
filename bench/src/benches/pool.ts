import { startChancery } from '../chancery.js';
import { startDatabase } from '../database.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound } from '../rounds.js';
import { flows } from '../token-requests.js';
import { ourTokenServer, tokenTurn } from '../token-turn.js';
import type { Bench } from '../world.js';

const callers = 256;

/** What `CHANCERY_CONNECTIONS` is unless told. */
const connections = 10;

/** More callers than the pool has connections: they wait their turn, and all are answered. A request without an answer fails the bench. */
export const pool: Bench = {
  name: 'pool',
  what: `${callers} callers on ${connections} connections: no time-out`,
  async run(world) {
    const database = await startDatabase(world);
    const ours = await startChancery(world, { database });
    const flow = flows.assertionDpop;
    // As many agents as callers, so that each has a stream of its own to be read.
    const server = await ourTokenServer(ours, database, { flow, agents: callers });
    const results = await alternate([server], world.rounds, () => tokenTurn(world, { server, flow, connections: callers }));
    const best = bestRound(results.get(server) ?? []);
    world.report({
      name: 'pool/p99',
      unit: 'ms',
      ours: best.p99,
      ...performanceOf(best),
      note: `${callers} callers on ${connections} connections, ${Math.round(best.rate)} tokens a second, no time-out`,
    });
  },
};

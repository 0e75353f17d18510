import { registerInStore, startTokenService } from '../bare-token-service.js';
import { startDatabase } from '../database.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound, timesFaster } from '../rounds.js';
import { seededStore } from '../seeded-store.js';
import { flows } from '../token-requests.js';
import { tokenTurn } from '../token-turn.js';
import type { Bench } from '../world.js';

/** What it costs that every token is durable before it is answered. */
export const durability: Bench = {
  name: 'durability',
  what: 'the token service with its real store against the same with one that writes nothing',
  async run(world) {
    const database = await startDatabase(world);
    await seededStore(database.url, 0);
    const clients = await registerInStore(database.url, world.quick ? 20 : 200);
    const real = await startTokenService(world, { database, clients });
    const none = await startTokenService(world, { database, clients, store: 'no-op' });
    const flow = flows.secret;
    const results = await alternate([real, none], world.rounds, (server) => tokenTurn(world, { server, flow, connections: 64 }));
    const [durable, volatile] = [bestRound(results.get(real) ?? []), bestRound(results.get(none) ?? [])];
    world.report({
      name: 'durability/secret',
      unit: '/s',
      ours: durable.rate,
      peer: volatile.rate,
      ...timesFaster(durable, volatile),
      ...performanceOf(durable),
      peerDid: performanceOf(volatile),
      bounds: { of: 'ratio', direction: 'at least', floor: 0.85, goal: 0.95 },
      note: `adds ${(durable.p50 - volatile.p50).toFixed(1)} ms at p50`,
    });
  },
};

import type { Chancery } from './chancery.js';
import type { Contestant } from './contestant.js';
import type { Database } from './database.js';
import { type Client, operatorAt } from './operator.js';
import type { Peer } from './peer.js';
import type { Round } from './rounds.js';
import { type Asked, type Flow, repeatable, tokenExpected, tokenRequests } from './token-requests.js';
import { turnUnderLoad } from './under-load.js';
import type { World } from './world.js';

/** A server of tokens, ours or the peer. */
export interface TokenServer {
  readonly contestant: Contestant;
  readonly asked: Asked;
  readonly clients: readonly Client[];
  readonly databaseCpu?: () => number;
  /** How many a second it has answered so far: so many requests have to be ready. */
  readonly guess: { rate: number };
}

/** Requests that were signed are good for 60 s: signing them and sending them must both fit. */
const mostReady = 60_000;

/** One turn: everything unique is signed before the clock starts. @throws WrongAnswer */
export async function tokenTurn(
  world: World,
  { server, flow, connections }: { server: TokenServer; flow: Flow; connections: number },
): Promise<Round> {
  const { contestant, asked, clients, databaseCpu, guess } = server;
  const again = repeatable(flow);
  const count = again ? clients.length : Math.min(mostReady, Math.ceil(guess.rate * 1.3 * world.seconds));
  const requests = tokenRequests(count, flow, clients, asked);
  const load = { port: asked.port, requests, again, expect: tokenExpected(flow), connections, seconds: world.seconds };
  const turn = await turnUnderLoad(world, contestant, load, databaseCpu);
  guess.rate = Math.max(guess.rate, turn.rate);
  world.progress(
    `${flow.name}: ${contestant.name} ${Math.round(turn.rate)}/s, ${turn.cpu.toFixed(0)} µs, limited by ${turn.limitedBy ?? 'nobody'}`,
  );
  return turn;
}

/** Ours, with so many agents registered for that flow over its own API. */
export async function ourTokenServer(
  ours: Chancery,
  database: Database,
  { flow, agents }: { flow: Flow; agents: number },
): Promise<TokenServer> {
  return {
    contestant: ours,
    asked: { issuer: ours.issuer, port: ours.port, resource: `${ours.issuer}/demo`, scope: 'demo:read' },
    clients: await operatorAt(ours.issuer, ours.operator).register(agents, flow),
    databaseCpu: () => database.cpu(),
    guess: { rate: 3_000 },
  };
}

export const peerTokenServer = (peer: Peer, flow: Flow): TokenServer => ({
  contestant: peer,
  asked: peer,
  clients: peer.clientsOf(flow),
  guess: { rate: 2_000 },
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { generateKey } from '@chancery/oauth/client';
import { type BareCrypto, bareCrypto } from '../bare-crypto.js';
import { builtScript, type Contestant, startContestant } from '../contestant.js';
import { callExpected, callRequest, type Held, type Issuer, issueTo, makeIssuer } from '../gateway-calls.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound, type Round } from '../rounds.js';
import type { GatewayTask } from '../servers/gateway.js';
import { turnUnderLoad } from '../under-load.js';
import type { Bench, World } from '../world.js';

const connections = 64;

/** What the check of a call costs: of the API with the gateway before it, less the API alone. */
export const gateway: Bench = {
  name: 'gateway',
  what: 'the check of a call: bearer and DPoP, hot and cold, with up to a million revocations loaded, alone and through the proxy',
  async run(world) {
    const bare = await bareCrypto(world);
    const issuer = makeIssuer('https://id.example');
    const alone = await start(world, issuer, { name: 'api', api: 'alone' });
    const here = await start(world, issuer, { name: 'gateway', api: 'here' });
    const bench: Setting = { world, issuer, alone, here, bare };
    await bearerHot(bench);
    await dpop(bench);
    await throughProxy(bench);
  },
};

interface Setting {
  readonly world: World;
  readonly issuer: Issuer;
  readonly alone: Server;
  readonly here: Server;
  readonly bare: BareCrypto;
}

interface Server {
  readonly contestant: Contestant;
  readonly port: number;
}

async function start(
  world: World,
  { issuer, jwks }: Issuer,
  { name, api, revocations = 0 }: { name: string; api: GatewayTask['api']; revocations?: number },
): Promise<Server> {
  const { cores, folder } = world;
  world.progress(`${name} starts`);
  const port = await freePort();
  const file = join(folder, `gateway-${port}.json`);
  writeFileSync(file, JSON.stringify({ port, issuer, api, token: { jwks, revocations } } satisfies GatewayTask));
  const script = builtScript('servers/gateway.js');
  // A million entries are a million signatures to verify before it may serve.
  const within = 120_000 + revocations;
  const contestant = world.keep(
    await startContestant({ name, script, args: [file], core: cores.server, ready: /^ready$/m, folder, within }),
  );
  return { contestant, port };
}

interface Calls {
  readonly requests: readonly string[];
  readonly again: boolean;
}

/** The same agents' tokens again and again: their signatures are remembered. */
async function bearerHot({ world, issuer, alone, here }: Setting): Promise<void> {
  const tokens = Array.from({ length: 1_000 }, () => issueTo(issuer));
  const loaded: (Server & { revocations: number })[] = [];
  for (const revocations of world.quick ? [10_000] : [100_000, 1_000_000])
    loaded.push({ ...(await start(world, issuer, { name: `gateway-${revocations}`, api: 'here', revocations })), revocations });
  const calls = (server: Server): Calls => ({ requests: callsOf(tokens, issuer, server), again: true });
  const rounds = await takeTurns(world, [alone, here, ...loaded], calls);
  const api = rounds.of(alone);
  const checked = rounds.of(here);
  world.report({
    name: 'gateway/bearer-hot',
    unit: 'µs',
    ours: checked.cpu - api.cpu,
    ...performanceOf(checked),
    peerDid: performanceOf(api),
    bounds: { of: 'ours', direction: 'at most', floor: 8, goal: 4 },
    note: 'with the record of the call; in parentheses the API alone',
  });
  for (const server of loaded) {
    const more = rounds.of(server);
    world.report({
      name: `gateway/bearer-hot/${server.revocations}-revocations`,
      unit: 'µs more',
      ours: more.cpu - checked.cpu,
      ...performanceOf(more),
      bounds: { of: 'ours', direction: 'at most', floor: 2 },
    });
    await world.drop(server.contestant);
  }
}

/** Hot: token and proof key seen before, the proof new. Cold: everything new. */
async function dpop({ world, issuer, alone, here, bare }: Setting): Promise<void> {
  const holders = Array.from({ length: 1_000 }, () => issueTo(issuer, generateKey()));
  const ready = world.quick ? 4_000 : 12_000;
  const many = Math.ceil((ready * world.seconds) / holders.length);
  const hot = (server: Server): Calls => ({
    requests: Array.from({ length: many }, () => callsOf(holders, issuer, server)).flat(),
    again: false,
  });
  const cold = (server: Server): Calls => ({
    requests: Array.from({ length: (ready / 2) * world.seconds }, () =>
      callRequest(issueTo(issuer, generateKey()), { ...issuer, ...server }),
    ),
    again: false,
  });
  for (const [name, calls] of [
    ['dpop-hot', hot],
    ['dpop-cold', cold],
  ] as const) {
    const rounds = await takeTurns(world, [alone, here], calls);
    const [api, checked] = [rounds.of(alone), rounds.of(here)];
    const ours = checked.cpu - api.cpu;
    world.report({
      name: `gateway/${name}`,
      unit: 'µs',
      ours,
      limit: bare.verify,
      ratio: ours / bare.verify,
      judgedBy: 'cpu',
      ...performanceOf(checked),
      ...(name === 'dpop-hot' && { bounds: { of: 'ratio', direction: 'at most', floor: 1.8, goal: 1.5 } as const }),
      note: 'in bare ES256 verifications',
    });
  }
}

/** The whole way: the API is another process behind an address. */
async function throughProxy({ world, issuer, alone, here }: Setting): Promise<void> {
  const tokens = Array.from({ length: 1_000 }, () => issueTo(issuer));
  const proxy = await start(world, issuer, { name: 'proxy', api: { url: `http://127.0.0.1:${alone.port}` } });
  const calls = (server: Server): Calls => ({ requests: callsOf(tokens, issuer, server), again: true });
  const rounds = await takeTurns(world, [here, proxy], calls);
  const [checked, proxied] = [rounds.of(here), rounds.of(proxy)];
  world.report({
    name: 'gateway/proxied-bearer-hot',
    unit: 'µs',
    ours: proxied.cpu,
    ...performanceOf(proxied),
    peerDid: performanceOf(checked),
    note: 'all of a call that is forwarded over HTTP; in parentheses one that is answered in the gateway’s process',
  });
}

const callsOf = (held: readonly Held[], { issuer }: Issuer, { port }: Server): readonly string[] =>
  held.map((each) => callRequest(each, { issuer, port }));

async function takeTurns(world: World, servers: readonly Server[], callsTo: (server: Server) => Calls) {
  const results = await alternate(servers, world.rounds, async (server) => {
    const load = { port: server.port, ...callsTo(server), expect: callExpected, connections, seconds: world.seconds };
    const turn = await turnUnderLoad(world, server.contestant, load);
    world.progress(`${server.contestant.name} ${Math.round(turn.rate)}/s, ${turn.cpu.toFixed(1)} µs`);
    return turn;
  });
  return { of: (server: Server): Round => bestRound(results.get(server) ?? []) };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { generateKey } from '@chancery/oauth/client';
import { type BareCrypto, startBareCrypto } from '../bare-crypto.js';
import { type Checking, checkTurn, startChecking } from '../check-turn.js';
import { builtScript, type Contestant, startContestant } from '../contestant.js';
import { callExpected, callRequest, type Held, type Issuer, issueTo, makeIssuer } from '../gateway-calls.js';
import { performanceOf } from '../performance-of.js';
import { alternate, bestRound, type Round } from '../rounds.js';
import type { CallKind } from '../servers/checking.js';
import type { GatewayTask } from '../servers/gateway.js';
import { smallest } from '../statistics.js';
import { turnUnderLoad } from '../under-load.js';
import { apart, type Bench, type World } from '../world.js';

const connections = 64;

/** What is decided about a call, alone; and what a call costs that goes through the gateway, with its record. */
export const gateway: Bench = {
  name: 'gateway',
  what: 'the check of a call: bearer and DPoP, hot and cold, with up to a million revocations loaded, alone and through the proxy',
  async run(world) {
    await apart(world, alone);
    await apart(world, throughGateway);
  },
};

const kinds = ['bearer-hot', 'dpop-hot', 'dpop-cold'] as const;

async function alone(world: World): Promise<void> {
  const bare = await startBareCrypto(world);
  const checking: Checking[] = [];
  for (const revocations of world.quick ? [0, 10_000] : [0, 100_000, 1_000_000]) checking.push(await startChecking(world, revocations));
  // One kind after the other: what bearer tokens cost is not to be measured amid what proofs leave behind.
  for (const kind of kinds) await checks(world, { kind, checking, bare });
}

async function checks(
  world: World,
  { kind, checking, bare }: { kind: CallKind; checking: readonly Checking[]; bare: Contestant },
): Promise<void> {
  // A verification by itself has its turn in every round, so that what is compared with it had the same machine.
  const verifying: number[] = [];
  const turns = await alternate(checking, world.rounds, async (each) => {
    verifying.push((await bare.ask<BareCrypto>({ milliseconds: 150 })).verify);
    return checkTurn(world, each, kind);
  });
  const verify = smallest(verifying);
  const costOf = (each: Checking): number => smallest(turns.get(each) ?? []);
  for (const each of checking) reportCheck(world, { kind, revocations: each.revocations, ours: costOf(each), verify });
  const [none, ...loaded] = checking;
  if (kind !== 'bearer-hot' || none === undefined) return;
  for (const each of loaded) {
    world.report({
      name: `gateway/check/more-by-${each.revocations}-revocations`,
      unit: 'µs more',
      ours: costOf(each) - costOf(none),
      bounds: { of: 'ours', direction: 'at most', floor: 2 },
      note: 'of a bearer token seen before',
    });
  }
}

interface Check {
  readonly kind: CallKind;
  readonly revocations: number;
  /** Microseconds of CPU, of it and of a bare verification. */
  readonly ours: number;
  readonly verify: number;
}

function reportCheck(world: World, { kind, revocations, ours, verify }: Check): void {
  world.report({
    name: `gateway/check/${kind}${revocations > 0 ? `/${revocations}-revocations` : ''}`,
    unit: 'µs',
    ours,
    cpu: ours,
    ...(kind !== 'bearer-hot' && { limit: verify, ratio: ours / verify, judgedBy: 'cpu', note: 'in bare ES256 verifications' }),
    ...(kind === 'bearer-hot' && { bounds: { of: 'ours', direction: 'at most', floor: 8, goal: 4 } as const }),
    ...(kind === 'dpop-hot' && { bounds: { of: 'ratio', direction: 'at most', floor: 1.8, goal: 1.5 } as const }),
  });
}

interface Setting {
  readonly world: World;
  readonly issuer: Issuer;
  /** The API by itself: what a call costs that nobody checks. */
  readonly api: Server;
  readonly here: Server;
}

interface Server {
  readonly contestant: Contestant;
  readonly port: number;
}

/** Over HTTP, with the record of each call. */
async function throughGateway(world: World): Promise<void> {
  const issuer = makeIssuer('https://id.example');
  const api = await start(world, issuer, { name: 'api', api: 'alone' });
  const here = await start(world, issuer, { name: 'gateway', api: 'here' });
  const setting: Setting = { world, issuer, api, here };
  await bearerHot(setting);
  await dpop(setting);
}

async function start(world: World, { issuer, jwks }: Issuer, { name, api }: { name: string; api: GatewayTask['api'] }): Promise<Server> {
  const { cores, folder } = world;
  world.progress(`${name} starts`);
  const port = await freePort();
  const file = join(folder, `gateway-${port}.json`);
  writeFileSync(file, JSON.stringify({ port, issuer, api, token: { jwks, revocations: 0 } } satisfies GatewayTask));
  const script = builtScript('servers/gateway.js');
  const contestant = world.keep(await startContestant({ name, script, args: [file], core: cores.server, ready: /^ready$/m, folder }));
  return { contestant, port };
}

interface Calls {
  readonly requests: readonly string[];
  readonly again: boolean;
}

/** The same agents' tokens again and again, also where the API is another process behind an address. */
async function bearerHot({ world, issuer, api, here }: Setting): Promise<void> {
  const tokens = Array.from({ length: 1_000 }, () => issueTo(issuer));
  const proxy = await start(world, issuer, { name: 'proxy', api: { url: `http://127.0.0.1:${api.port}` } });
  const rounds = await takeTurns(world, [api, here, proxy], (server) => ({ requests: callsOf(tokens, issuer, server), again: true }));
  reportCall(world, 'bearer-hot', rounds.of(here), rounds.of(api));
  const [checked, proxied] = [rounds.of(here), rounds.of(proxy)];
  world.report({
    name: 'gateway/call/proxied-bearer-hot',
    unit: 'µs',
    ours: proxied.cpu,
    ...performanceOf(proxied),
    peerDid: performanceOf(checked),
    note: 'all of a call that is forwarded over HTTP; in parentheses one that is answered in the gateway’s process',
  });
}

/** Hot: token and proof key seen before, the proof new. Cold: everything new. */
async function dpop({ world, issuer, api, here }: Setting): Promise<void> {
  const holders = Array.from({ length: 1_000 }, () => issueTo(issuer, generateKey()));
  const ready = (world.quick ? 4_000 : 12_000) * world.seconds;
  const hot = (server: Server): Calls => ({
    requests: Array.from({ length: Math.ceil(ready / holders.length) }, () => callsOf(holders, issuer, server)).flat(),
    again: false,
  });
  const cold = (server: Server): Calls => ({
    requests: Array.from({ length: ready / 2 }, () => callRequest(issueTo(issuer, generateKey()), { ...issuer, ...server })),
    again: false,
  });
  for (const [name, calls] of [
    ['dpop-hot', hot],
    ['dpop-cold', cold],
  ] as const) {
    const rounds = await takeTurns(world, [api, here], calls);
    reportCall(world, name, rounds.of(here), rounds.of(api));
  }
}

const reportCall = (world: World, name: string, checked: Round, unchecked: Round): void =>
  world.report({
    name: `gateway/call/${name}`,
    unit: 'µs',
    ours: checked.cpu - unchecked.cpu,
    ...performanceOf(checked),
    peerDid: performanceOf(unchecked),
    note: 'what check and record add to a call; in parentheses the API alone',
  });

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

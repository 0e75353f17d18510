import { builtScript, type Contestant, startContestant } from './contestant.js';
import { WrongAnswer } from './load/drive.js';
import type { CallKind, CheckResult, CheckTask } from './servers/checking.js';
import type { World } from './world.js';

/** A gateway that checks calls by itself, with so many revocations loaded. */
export interface Checking {
  readonly contestant: Contestant;
  readonly revocations: number;
}

export async function startChecking(world: World, revocations: number): Promise<Checking> {
  const { cores, folder } = world;
  const name = `checking-${revocations}`;
  world.progress(`${name} starts`);
  const script = builtScript('servers/checking.js');
  // Each entry is a signature to make, and one to verify before it may serve.
  const within = 120_000 + revocations;
  const starting = startContestant({ name, script, args: [String(revocations)], core: cores.server, ready: /^ready$/m, folder, within });
  return { contestant: world.keep(await starting), revocations };
}

/** How many calls of a kind are one turn. */
const calls: Readonly<Record<CallKind, number>> = { 'bearer-hot': 100_000, 'dpop-hot': 10_000, 'dpop-cold': 4_000 };

/** One turn. Answers microseconds of CPU of one check. @throws WrongAnswer */
export async function checkTurn(world: World, { contestant }: Checking, kind: CallKind): Promise<number> {
  const task: CheckTask = { calls: kind, count: calls[kind] / (world.quick ? 5 : 1) };
  const { cpu, wrong } = await contestant.ask<CheckResult>(task);
  if (wrong !== undefined) throw new WrongAnswer(`${contestant.name}, ${kind}: ${wrong}`);
  world.progress(`${contestant.name} ${kind} ${cpu.toFixed(2)} µs`);
  return cpu;
}

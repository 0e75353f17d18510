import type { Contestant } from './contestant.js';
import { WrongAnswer } from './load/drive.js';
import type { Round } from './rounds.js';
import type { BusyResult, BusyTask } from './servers/keep-busy.js';
import type { World } from './world.js';

/** One turn of a contestant that works by itself. @throws WrongAnswer */
export async function busyTurn(world: World, contestant: Contestant, task: BusyTask, databaseCpu: () => number = () => 0): Promise<Round> {
  const before = databaseCpu();
  const result = await contestant.ask<BusyResult>(task);
  const database = databaseCpu() - before;
  if (result.wrong !== undefined) throw new WrongAnswer(`${contestant.name}: ${result.wrong}`);
  const each = 1e6 / result.count;
  const rate = result.count / result.seconds;
  world.progress(`${contestant.name} ${Math.round(rate)}/s, ${(result.cpu * each).toFixed(1)} µs`);
  return {
    rate,
    p50: result.p50,
    p99: result.p99,
    cpu: result.cpu * each,
    ...(database > 0 && { databaseCpu: database * each }),
    limitedBy: result.cpu / result.seconds >= 0.9 ? 'application' : database / result.seconds >= 0.9 ? 'postgres' : 'nobody',
  };
}

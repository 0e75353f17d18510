import { builtScript, type Contestant, startContestant } from './contestant.js';
import { smallest } from './statistics.js';
import type { World } from './world.js';

/** Microseconds of CPU of one ES256 operation with the key at hand. */
export interface BareCrypto {
  readonly sign: number;
  readonly verify: number;
}

/** Measures what this core can do at best. */
export async function bareCrypto(world: World): Promise<BareCrypto> {
  world.progress('bare ES256');
  const child = await startBareCrypto(world);
  const costs: BareCrypto[] = [];
  for (let round = 0; round <= world.rounds; round++) costs.push(await child.ask<BareCrypto>({ milliseconds: 150 }));
  await world.drop(child);
  return { sign: smallest(costs.map(({ sign }) => sign)), verify: smallest(costs.map(({ verify }) => verify)) };
}

/** What answers a `BareCrypto` to a number of milliseconds. */
export async function startBareCrypto({ cores, folder, keep }: World): Promise<Contestant> {
  const script = builtScript('servers/bare-crypto.js');
  return keep(await startContestant({ name: 'bare-crypto', script, core: cores.server, ready: /^ready$/m, folder }));
}

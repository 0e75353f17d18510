import { builtScript, startContestant } from './contestant.js';
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
  const { cores, folder, rounds } = world;
  const script = builtScript('servers/bare-crypto.js');
  const child = world.keep(await startContestant({ name: 'bare-crypto', script, core: cores.server, ready: /^ready$/m, folder }));
  const costs: BareCrypto[] = [];
  for (let round = 0; round <= rounds; round++) costs.push(await child.ask<BareCrypto>({ milliseconds: 150 }));
  await world.drop(child);
  return { sign: smallest(costs.map(({ sign }) => sign)), verify: smallest(costs.map(({ verify }) => verify)) };
}

import type { Contestant } from './contestant.js';
import type { Cores } from './cores.js';
import type { Figure } from './figure.js';
import type { LoadOptions, LoadResult } from './load/load.js';
import { drive } from './load/drive.js';
import type { Round } from './rounds.js';
import type { World } from './world.js';

/** A core is full when this share of it is used. */
const full = 0.9;

/** CPU seconds in one run. */
export interface Used {
  readonly server: number;
  readonly database: number;
  readonly client: number;
}

/** One turn of a contestant: driven, checked, and what it cost. `databaseCpu` reads PostgreSQL's CPU seconds, where there is one. @throws WrongAnswer */
export async function turnUnderLoad(
  world: World,
  contestant: Contestant,
  load: LoadOptions,
  databaseCpu: () => number = () => 0,
): Promise<Round & { readonly load: LoadResult }> {
  const before = { server: await contestant.usage(), database: databaseCpu() };
  const result = await drive(load, { core: world.cores.client, folder: world.folder });
  const after = { server: await contestant.usage(), database: databaseCpu() };
  const used: Used = { server: after.server.cpu - before.server.cpu, database: after.database - before.database, client: result.cpu };
  const each = 1e6 / result.count;
  return {
    load: result,
    rate: result.count / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpu: used.server * each,
    ...(used.database > 0 && { databaseCpu: used.database * each }),
    memory: after.server.memory,
    limitedBy: limitOf(used, result.seconds, world.cores),
  };
}

/** Whose core was full. PostgreSQL and the load share one where there are two; then it is whoever took more of it. */
export function limitOf({ server, database, client }: Used, seconds: number, cores: Cores): NonNullable<Figure['limitedBy']> {
  if (server / seconds >= full) return 'application';
  const shared = cores.database === cores.client;
  if ((shared ? database + client : database) / seconds >= full && (!shared || database >= client)) return 'postgres';
  return (shared ? database + client : client) / seconds >= full ? 'client' : 'nobody';
}

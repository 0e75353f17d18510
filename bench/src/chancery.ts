import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { builtScript, type Contestant, startContestant } from './contestant.js';
import type { Database } from './database.js';
import { startFlags } from './start-flags.js';
import type { World } from './world.js';

/** A Chancery as `npm start` runs it, with its PostgreSQL on a core of its own. */
export interface Chancery extends Contestant {
  readonly issuer: string;
  readonly port: number;
  /** Path of the first operator's credential. */
  readonly operator: string;
  readonly place: Place;
}

/** Where a Chancery lives: what it keeps there it finds again. */
export interface Place {
  readonly port: number;
  readonly data: string;
}

export interface ChanceryOptions {
  readonly database: Pick<Database, 'url'>;
  /** Another one than the server's. */
  readonly core?: string | undefined;
  /** Of a replica: what it shares with the first one. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly name?: string;
  /** One that has been lived in; a new one unless told. */
  readonly place?: Place;
}

const script = builtScript('../../apps/all-in-one/dist/main.js');

/** Starts one and waits until it serves. Everything is as it comes, but for the port, the folder and the database's address. */
export async function startChancery(world: World, options: ChanceryOptions): Promise<Chancery> {
  const { database, settings = {}, name = 'chancery', place = await newPlace(world, name) } = options;
  const { port, data } = place;
  const contestant = await startContestant({
    name,
    script,
    nodeArgs: startFlags(),
    settings: { CHANCERY_PORT: String(port), CHANCERY_DATA: data, CHANCERY_DATABASE_URL: database.url, ...settings },
    core: 'core' in options ? options.core : world.cores.server,
    ready: /^chancery ready (\{.*\})$/m,
    folder: world.folder,
  });
  const { issuer, operator } = JSON.parse(contestant.ready[1] ?? '') as { issuer: string; operator: string };
  return world.keep({ ...contestant, issuer, port, operator, place });
}

async function newPlace({ folder }: World, name: string): Promise<Place> {
  const port = await freePort();
  const data = join(folder, `${name}-${port}`);
  mkdirSync(data, { mode: 0o700 });
  return { port, data };
}

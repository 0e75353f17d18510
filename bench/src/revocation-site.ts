import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { registerInStore, startTokenService } from './bare-token-service.js';
import { startChancery } from './chancery.js';
import { builtScript, startContestant } from './contestant.js';
import { startDatabase } from './database.js';
import { startBroker } from './kafka.js';
import { type Client, operatorAt } from './operator.js';
import { issuer } from './samples.js';
import { seededStore } from './seeded-store.js';
import type { GatewayTask } from './servers/gateway.js';
import { flows } from './token-requests.js';
import { ourTokenServer, type TokenServer } from './token-turn.js';
import type { World } from './world.js';

/** Gateways of a site. */
const count = 3;

/** A token service that revokes, and gateways that hear of it, each a process of its own. */
export interface Site {
  readonly name: string;
  readonly issuer: string;
  /** Ports. */
  readonly token: number;
  readonly gateways: readonly number[];
  /** Whose tokens are bound to its key. */
  readonly client: Client;
  /** For the load beside it. */
  readonly load: TokenServer;
}

const agents = 50;

/** Three all-in-one replicas: in each the gateway follows a bus in its own process, which the lane there fills from the database. */
export async function embeddedSite(world: World): Promise<Site> {
  const database = await startDatabase(world);
  const masterKey = { CHANCERY_MASTER_KEY: randomBytes(32).toString('base64url') };
  const first = await startChancery(world, { database, settings: masterKey });
  const settings = { ...masterKey, CHANCERY_ISSUER: first.issuer };
  const others = [];
  for (let nth = 1; nth < count; nth++)
    others.push(await startChancery(world, { database, settings, core: undefined, name: `replica-${nth}` }));
  const operator = operatorAt(first.issuer, first.operator);
  const [client] = await operator.register(1, { method: 'client_secret_basic', dpop: true });
  const load = await ourTokenServer(first, database, { flow: flows.secret, agents });
  const gateways = [first, ...others].map(({ port }) => port);
  return { name: 'embedded-bus', issuer: first.issuer, token: first.port, gateways, client: client as Client, load };
}

/** Gateways that have no bus, and hear everything from the feed of a token service. */
export const feedSite = (world: World): Promise<Site> => separateSite(world, { name: 'feed' });

/** Gateways that follow a topic of a real broker. Undefined where this machine can run none. */
export async function kafkaSite(world: World): Promise<Site | undefined> {
  const kafka = await startBroker(world);
  return kafka && separateSite(world, { name: 'kafka', kafka });
}

/** A token service and gateways that share nothing but keys. */
async function separateSite(world: World, { name, kafka }: { name: string; kafka?: readonly string[] }): Promise<Site> {
  const database = await startDatabase(world, `postgres-${name}`);
  await seededStore(database.url, 0);
  const [client] = await registerInStore(database.url, 1, { dpop: true });
  const clients = await registerInStore(database.url, agents);
  const load = await startTokenService(world, { database, clients, ...(kafka && { kafka }) });
  const token = { url: `http://127.0.0.1:${load.asked.port}`, keys: load.keys, ...(kafka && { kafka }) };
  const gateways: number[] = [];
  for (let nth = 0; nth < count; nth++) {
    const port = await freePort();
    const file = join(world.folder, `gateway-${port}.json`);
    writeFileSync(file, JSON.stringify({ port, issuer, api: 'here', token } satisfies GatewayTask), { mode: 0o600 });
    const script = builtScript('servers/gateway.js');
    world.keep(
      await startContestant({ name: `gateway-${nth}`, script, args: [file], core: undefined, ready: /^ready$/m, folder: world.folder }),
    );
    gateways.push(port);
  }
  return { name, issuer, token: load.asked.port, gateways, client: client as Client, load };
}

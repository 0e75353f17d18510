import { randomBytes } from 'node:crypto';
import { freePort } from '@chancery/eventstore/embedded';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { newAgentId } from '@chancery/platform';
import { appendMany } from './append-many.js';
import { type BenchKeys, makeKeys } from './bench-keys.js';
import { builtScript, startContestant } from './contestant.js';
import type { Database } from './database.js';
import type { Client } from './operator.js';
import { issuer, registration } from './samples.js';
import type { TokenServiceTask } from './servers/token-service.js';
import type { TokenServer } from './token-turn.js';
import type { World } from './world.js';

export interface TokenService extends TokenServer {
  readonly keys: BenchKeys;
}

export interface TokenServiceOptions {
  readonly database: Pick<Database, 'url' | 'cpu'>;
  readonly clients: readonly Client[];
  readonly store?: TokenServiceTask['store'];
  readonly core?: string | undefined;
  readonly kafka?: readonly string[];
}

/** Starts the token service by itself, on a seeded store: without door, gateway, lists and audit, which cost the same whoever asks. */
export async function startTokenService(world: World, options: TokenServiceOptions): Promise<TokenService> {
  const { database, clients, store = 'real', kafka } = options;
  const port = await freePort();
  const keys = makeKeys('access-token', 'revocation', 'service-gateway');
  const task: TokenServiceTask = { databaseUrl: database.url, issuer, port, store, keys, ...(kafka && { kafka }) };
  const contestant = world.keep(
    await startContestant({
      name: `${store}-store`,
      script: builtScript('servers/token-service.js'),
      args: [JSON.stringify(task)],
      core: 'core' in options ? options.core : world.cores.server,
      ready: /^ready$/m,
      folder: world.folder,
    }),
  );
  const asked = { issuer, port, resource: `${issuer}/demo`, scope: 'demo:read' };
  return { contestant, asked, clients, keys, databaseCpu: () => database.cpu(), guess: { rate: 3_000 } };
}

/** Agents with a secret, written into a seeded store as registration would; all with one key, which only those use that are bound to it. */
export async function registerInStore(url: string, count: number, { dpop = false }: { dpop?: boolean } = {}): Promise<readonly Client[]> {
  const key: ClientKey = generateKey();
  const secret = randomBytes(32).toString('base64url');
  const clients = Array.from({ length: count }, (): Client => ({ clientId: newAgentId(), secret, key }));
  const make = (nth: number) => registration({ agentId: clients[nth]?.clientId ?? '', secret, dpop });
  await appendMany(url, 'registration', { count, make });
  return clients;
}

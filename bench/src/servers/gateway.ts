// A gateway in front of the smallest API there is, or that API alone. The token service is asked, or played from here: keys, and a feed that is
// signed as it signs.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, RevocationEntry } from '@chancery/eventstore';
import { RevocationSet } from '@chancery/eventstore';
import { openKafkaBus } from '@chancery/eventstore/kafka';
import { type FeedAsk, type GatewayOptions, httpFeed, openGateway, type Route } from '@chancery/gateway';
import { gatewayWindow, signBeat, signEntry } from '@chancery/oauth';
import { callerHeader, callerHeaderName, newId, type Refusals, silentLog, type Target } from '@chancery/platform';
import { type BenchKeys, keyRingOf } from '../bench-keys.js';

export interface GatewayTask {
  readonly port: number;
  readonly issuer: string;
  /** The API by itself, with the gateway in this process before it, or at this address behind the gateway. */
  readonly api: 'alone' | 'here' | { readonly url: string };
  /** The issuer's keys and so many revocations, none of a token that is used; or a token service to ask for both. */
  readonly token: { readonly jwks: object; readonly revocations: number } | TokenServiceAt;
}

export interface TokenServiceAt {
  readonly url: string;
  readonly keys: BenchKeys;
  /** Brokers of the bus; absent: a bus that brings nothing, so that all is heard from the feed. */
  readonly kafka?: readonly string[];
}

const { port, issuer, api, token } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as GatewayTask;

const notes = '{"notes":[]}';
const answer = (_: IncomingMessage, res: ServerResponse): void => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': notes.length }).end(notes);
};
const upstream: Target = typeof api === 'object' ? { url: api.url } : { handle: answer };

const budgets = { stalenessBudget: 30, storeAwayBudget: 30 };
const route: Route = {
  resource: `${issuer}/bench`,
  name: 'bench',
  prefix: '/bench',
  operations: [{ method: 'GET', path: '/notes', scope: ['demo:read'] }],
  bearer: true,
  proofWindow: gatewayWindow,
  unrecorded: 'deny',
  ...budgets,
  upstream: { target: upstream },
};

/** Takes every record at once, and brings none: what a bus costs is measured elsewhere. */
const silentBus: Bus = {
  publish: () => Promise.resolve(),
  subscribe: () => Promise.resolve({ caughtUp: () => Promise.resolve(), stop: () => Promise.resolve() }),
  quarantined: () => Promise.resolve([]),
  retry: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const refusals: Refusals = { record: () => undefined, flush: () => Promise.resolve(), close: () => Promise.resolve() };

/** Now, since 1970. */
const micros = (): number => Date.now() * 1_000;

/** The revocation feed, held in memory and signed page by page. */
function playFeed(count: number) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = { kid: 'revocations', privateKey };
  const pageSize = 5_000;
  const made = micros();
  const entries = Array.from({ length: count }, (_, nth): RevocationEntry => ({
    kind: 'grant',
    id: newId('gr'),
    t: 'for-ever',
    position: BigInt(nth + 1),
    at: made,
  }));
  const set = new RevocationSet();
  for (const entry of entries) set.apply(entry);
  let counter = 0;
  const feed = async ({ after, wait }: FeedAsk, signal: AbortSignal): Promise<unknown> => {
    const from = Number(after || 0);
    if (from >= count && wait > 0) await sleep(wait * 1_000, undefined, { signal });
    const page = entries.slice(from, from + pageSize);
    const to = from + page.length;
    const heartbeat = signBeat({ ...set.beat(micros()), counter: ++counter, at: micros() }, key);
    return {
      now: micros(),
      store_away: false,
      cursor: String(to),
      more: to < count,
      records: page.map((entry) => signEntry(entry, key)),
      heartbeat,
    };
  };
  return { feed, publicKey };
}

type TokenService = Pick<GatewayOptions, 'fetchKeys' | 'feed' | 'revocationKeys' | 'serviceKey'>;

function play(jwks: object, count: number): TokenService {
  const { feed, publicKey } = playFeed(count);
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    fetchKeys: () => Promise.resolve(jwks),
    feed,
    revocationKeys: () => publicKey,
    serviceKey: () => ({ kid: 'service', alg: 'Ed25519', privateKey }),
  };
}

function ask({ url, keys: own }: TokenServiceAt): TokenService {
  const keys = keyRingOf(own);
  const path = '/revocations/feed';
  const serviceKey = () => keys.active('service-gateway');
  const says = () => callerHeader({ from: 'gateway', to: 'token', key: serviceKey(), method: 'GET', path, now: Date.now() / 1_000 });
  return {
    fetchKeys: async () => (await fetch(`${url}/jwks`)).json(),
    feed: httpFeed({ url: `${url}${path}`, headers: () => ({ [callerHeaderName]: says() }) }),
    revocationKeys: (kid) => keys.find('revocation', kid)?.key,
    serviceKey,
  };
}

async function open(): Promise<(req: IncomingMessage, res: ServerResponse) => void> {
  if (api === 'alone') return answer;
  const gateway = openGateway({
    name: `bench-${port}`,
    issuer,
    budgets,
    bus: 'url' in token && token.kafka ? openKafkaBus({ brokers: token.kafka, clientId: 'gateway', issuer }) : silentBus,
    ...('url' in token ? ask(token) : play(token.jwks, token.revocations)),
    services: {},
    refusals,
    log: silentLog,
    routes: [route],
    // For the operators' routes, which nobody calls here.
    reserveProof: () => Promise.reject(new Error('no proof is shared')),
  });
  await gateway.start();
  while (!gateway.ready()) await sleep(20);
  return (req, res) => void gateway.handle(req, res);
}

const handle = await open();
createServer(handle).listen(port, '127.0.0.1', () => console.log('ready'));

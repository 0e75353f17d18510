// A gateway in front of the smallest API there is, or that API alone. The token service is asked, or played from here.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { openKafkaBus } from '@chancery/eventstore/kafka';
import { httpFeed } from '@chancery/gateway';
import { callerHeader, callerHeaderName, type Target } from '@chancery/platform';
import { type BenchKeys, keyRingOf } from '../bench-keys.js';
import { openBenchGateway } from './open-bench-gateway.js';
import { playTokenService, type TokenServicePart } from './played-token-service.js';

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

function ask({ url, keys: own }: TokenServiceAt): TokenServicePart {
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
  const gateway = await openBenchGateway({
    name: `bench-${port}`,
    issuer,
    upstream,
    token: 'url' in token ? ask(token) : playTokenService(token),
    ...('url' in token && token.kafka && { bus: openKafkaBus({ brokers: token.kafka, clientId: 'gateway', issuer }) }),
  });
  return (req, res) => void gateway.handle(req, res);
}

const handle = await open();
createServer(handle).listen(port, '127.0.0.1', () => console.log('ready'));

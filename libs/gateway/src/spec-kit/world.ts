import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog, type Refusal, type Refusals } from '@chancery/platform';
import { generateKeyPairSync } from 'node:crypto';
import { type Gateway, openGateway } from '../gateway.js';
import type { GatewayOptions } from '../options.js';
import { accessToken, type Claims, newSigner, proof, type ProofChange, type Signer } from './agent.js';
import { busDouble, type BusDouble } from './bus-double.js';
import { movedClock, type MovedClock } from './clock.js';
import { laneDouble, type LaneDouble } from './lane-double.js';

export const issuer = 'https://id.example';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface SentRequest {
  readonly method?: string;
  readonly path?: string;
  /** Name and value in turns, repeats included. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A gateway with all it rests on, over a real socket; clock, bus and feed are moved by hand. */
export interface World {
  readonly gateway: Gateway;
  readonly clock: MovedClock;
  readonly bus: BusDouble;
  readonly lane: LaneDouble;
  /** What was refused without a verified token. */
  readonly refused: Refusal[];
  readonly alarms: string[];
  /** How often the key set was fetched; `jwks` is what it says, a rejection when it is undefined. */
  readonly keySet: { fetched: number; jwks: object | undefined };
  readonly signer: Signer;
  readonly holder: Signer;
  readonly claims: Claims;
  token(change?: Claims, header?: Claims): Promise<string>;
  proof(token: string, request?: { method?: string; path?: string }, change?: ProofChange): Promise<string>;
  send(request: SentRequest): Promise<Answer>;
  /** An honest call but for what is changed. */
  call(request?: SentRequest & { token?: string; proof?: string; scheme?: string }): Promise<Answer>;
  /** Ends the gateway without a word, and opens one of the same name that has no memory of it. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Seconds that a gateway has been there when a spec begins: longer than any proof is good for. */
const upFor = 400;

export async function openWorld(options: Partial<GatewayOptions> = {}): Promise<World> {
  const clock = movedClock(1_790_000_000 - upFor);
  const bus = busDouble();
  const lane = laneDouble(clock.database);
  const [signer, holder] = await Promise.all([newSigner(), newSigner()]);
  const keySet: World['keySet'] = { fetched: 0, jwks: { keys: [publicKeyOf(signer)] } };
  const refused: Refusal[] = [];
  const alarms: string[] = [];
  const service = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const refusals: Refusals = {
    record: (refusal) => void refused.push(refusal),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const made: GatewayOptions = {
    name: 'gw-1',
    issuer,
    budgets: { stalenessBudget: 5, storeAwayBudget: 30 },
    bus,
    fetchKeys: () => {
      keySet.fetched += 1;
      return keySet.jwks ? Promise.resolve(keySet.jwks) : Promise.reject(new Error('no keys'));
    },
    feed: lane.feed,
    revocationKeys: (kid) => (kid === lane.kid ? lane.publicKey : undefined),
    serviceKey: () => ({ kid: 'service-1', alg: 'ES256', privateKey: service.privateKey }),
    services: {},
    reserveProof: () => Promise.resolve('fresh'),
    refusals,
    log: silentLog,
    onAlarm: (reason) => void alarms.push(reason),
    monotonic: clock.monotonic,
    ...options,
  };
  let gateway = openGateway(made);
  clock.move(upFor);
  const server = createServer((req, res) => void gateway.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const claims = ordinaryClaims(clock.database(), holder);

  const world: World = {
    get gateway() {
      return gateway;
    },
    clock,
    bus,
    lane,
    refused,
    alarms,
    keySet,
    signer,
    holder,
    claims,
    token: (change = {}, header = {}) => accessToken(signer, { ...claims, ...change }, header),
    proof: (token, { method = 'GET', path = '/demo/notes' } = {}, change = {}) =>
      proof(holder, { method, url: `${issuer}${path}`, token, now: clock.database() }, change),
    send: (request) => send(port, request),
    async call({ token, proof: given, scheme = 'DPoP', headers = [], ...request } = {}) {
      const method = request.method ?? 'GET';
      const path = request.path ?? '/demo/notes';
      const used = token ?? (await world.token());
      const shown = given ?? (await world.proof(used, { method, path: path.split('?', 1)[0] ?? path }));
      return send(port, {
        ...request,
        method,
        path,
        headers: ['authorization', `${scheme} ${used}`, ...(shown === '' ? [] : ['dpop', shown]), ...headers],
      });
    },
    async restart() {
      await gateway.stop();
      gateway = openGateway(made);
      await gateway.start();
    },
    async close() {
      await gateway.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return world;
}

export const publicKeyOf = ({ publicJwk, thumbprint }: Signer): object => ({ ...publicJwk, kid: thumbprint, alg: 'ES256', use: 'sig' });

/** What the token of an ordinary agent says. */
export const ordinaryClaims = (now: number, holder: Signer): Claims => ({
  iss: issuer,
  sub: 'ag_1',
  aud: `${issuer}/demo`,
  exp: now + 600,
  iat: now,
  jti: 'tk_1',
  client_id: 'ag_1',
  scope: 'demo:read demo:write',
  sub_profile: 'ai_agent',
  cnf: { jkt: holder.thumbprint },
  grant_id: 'gr_1',
  iat_id: 'it_1',
  txn: 'tx_1',
});

function send(port: number, { method = 'GET', path = '/demo/notes', headers = [], body }: SentRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const framing = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))];
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path, headers: ['host', 'wrong.example', ...headers, ...framing] },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
        );
        answer.once('error', reject);
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

/** Something that keeps what it was sent, and answers what it is told. */
export function echo(): { readonly seen: IncomingMessage[]; handle(req: IncomingMessage, res: ServerResponse): void } {
  const seen: IncomingMessage[] = [];
  return {
    seen,
    handle(req, res) {
      seen.push(req);
      res.writeHead(200, { 'content-type': 'text/plain' }).end('through');
    },
  };
}

// Checks calls by itself: what a gateway decides by, without a socket, an API behind it, or a record. Tokens and proofs are made before the clock starts.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { OAuthError } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import { callHeaders, callPath, type Held, issueTo, makeIssuer } from '../gateway-calls.js';
import { openBenchGateway } from './open-bench-gateway.js';
import { playTokenService } from './played-token-service.js';

/** How the gateway finds the calls: tokens, or tokens and proof keys, seen before and a new proof each; or everything new. */
export type CallKind = 'bearer-hot' | 'dpop-hot' | 'dpop-cold';

export interface CheckTask {
  readonly calls: CallKind;
  readonly count: number;
}

export interface CheckResult {
  /** Microseconds of CPU of one check. */
  readonly cpu: number;
  /** Checks a second. */
  readonly rate: number;
  /** The first thing that was decided other than it should have been. */
  readonly wrong?: string;
}

/** Tokens, and those who hold them. */
const tokens = 1_000;
const holders = 200;

const issuer = makeIssuer('https://id.example');
const revocations = Number(process.argv[2]);
const gateway = await openBenchGateway({
  name: 'checking',
  issuer: issuer.issuer,
  upstream: { handle: (_, res) => void res.end() },
  token: playTokenService({ jwks: issuer.jwks, revocations }),
});

const bearer = Array.from({ length: tokens }, () => issueTo(issuer));
const keys = Array.from({ length: holders }, generateKey);
const bound = Array.from({ length: tokens }, (_, nth) => issueTo(issuer, keys[nth % holders]));

const socket = new Socket();

/** As it comes from the parser: each of its texts in one piece. */
function requestOf(held: Held): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.method = 'GET';
  request.url = callPath;
  request.rawHeaders = Object.entries({ host: 'id.example', ...callHeaders(held, issuer) }).flatMap(([name, value]) => [
    name,
    inOnePiece(value),
  ]);
  return request;
}

const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

function requestsOf({ calls, count }: CheckTask): IncomingMessage[] {
  if (calls === 'dpop-cold') return Array.from({ length: count }, () => requestOf(issueTo(issuer, generateKey())));
  const requests = (held: readonly Held[], many: number) => Array.from({ length: many }, (_, nth) => requestOf(held[nth % tokens] as Held));
  if (calls === 'dpop-hot') return requests(bound, count);
  const once = requests(bearer, tokens);
  return Array.from({ length: count }, (_, nth) => once[nth % tokens] as IncomingMessage);
}

async function refusalOf(request: IncomingMessage): Promise<string | undefined> {
  try {
    await gateway.check(request);
    return undefined;
  } catch (error) {
    return error instanceof OAuthError ? error.refusal : String(error);
  }
}

/** That it decided at all: a proof works once, and a signature that was changed not even that. */
async function wrongOf({ calls }: CheckTask, last: IncomingMessage): Promise<string | undefined> {
  const again = await refusalOf(last);
  const expected = calls === 'bearer-hot' ? undefined : 'proof_replayed';
  if (again !== expected) return `a call that came again: ${again ?? 'let through'}`;
  const { token } = issueTo(issuer);
  const [head = '', body = '', signature = ''] = token.split('.');
  const forged = await refusalOf(
    requestOf({ token: `${head}.${body}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}` }),
  );
  return forged === 'signature_invalid' ? undefined : `a forged token: ${forged ?? 'let through'}`;
}

async function measure(task: CheckTask): Promise<CheckResult> {
  const requests = requestsOf(task);
  const last = requests.at(-1);
  if (last === undefined) throw new RangeError('nothing is to be checked');
  // Whoever is hot has been seen before.
  if (task.calls === 'dpop-hot') for (const held of bound) await gateway.check(requestOf(held));
  if (task.calls === 'bearer-hot') for (const request of requests.slice(0, tokens)) await gateway.check(request);
  const began = performance.now();
  const before = process.cpuUsage();
  try {
    for (const request of requests) await gateway.check(request);
  } catch (error) {
    return { cpu: Number.NaN, rate: Number.NaN, wrong: String(error) };
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1_000;
  const wrong = await wrongOf(task, last);
  return { cpu: (user + system) / requests.length, rate: requests.length / seconds, ...(wrong !== undefined && { wrong }) };
}

process.on('message', (task: CheckTask) => void measure(task).then((result) => process.send?.(result)));
console.log('ready');

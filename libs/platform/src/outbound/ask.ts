import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { limits } from '@chancery/oauth';
import { FetchRefused } from './fetch-refused.js';
import { freshSeconds } from './freshness.js';
import type { OutboundTarget } from './outbound-target.js';
import { readAnswer } from './read-answer.js';

export interface Ask {
  readonly target: OutboundTarget;
  /** Judged, every one of them. */
  readonly addresses: readonly string[];
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** The end of patience. */
  readonly signal: AbortSignal;
  readonly ca?: string;
}

export interface Fetched {
  readonly body: Buffer;
  /** See `freshSeconds`. */
  readonly freshSeconds: number | undefined;
}

// Of our own: the global ones may be told of a proxy by the environment, and keep connections.
const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 }) };

/** Asks an address that was judged for a document. @throws FetchRefused */
export async function ask(asked: Ask): Promise<Fetched> {
  const request = begin(asked);
  try {
    const answer = await answerOf(request, asked.signal);
    const body = await readAnswer(answer, asked);
    return { body, freshSeconds: freshSeconds(answer.headers) };
  } catch (error) {
    // Whatever breaks when patience has ended broke for that reason.
    throw asked.signal.aborted ? new FetchRefused('too_slow', { cause: error }) : error;
  } finally {
    request.destroy();
  }
}

function begin({ target, addresses, signal, types, ca }: Ask): ClientRequest {
  const { url, host, literal } = target;
  const options: RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamily'> & { servername: string; ca?: string } = {
    protocol: url.protocol,
    host,
    port: url.port,
    path: url.pathname + url.search,
    method: 'GET',
    headers: { host: url.host, accept: acceptOf(types), 'accept-encoding': 'identity', 'user-agent': 'chancery' },
    servername: literal ? '' : host,
    lookup: only(addresses),
    // One that does not answer is not the end: the next of them is tried.
    autoSelectFamily: true,
    maxHeaderSize: limits.fetchHeaderBytes,
    signal,
    ...(ca !== undefined && { ca }),
  };
  if (url.protocol === 'http:') return httpRequest({ ...options, agent: agents.http });
  return httpsRequest({ ...options, agent: agents.https, rejectUnauthorized: true });
}

const acceptOf = (types: readonly string[]): string => types.filter((type) => !type.startsWith('+')).join(', ');

/** The socket is opened to an address that was judged, for nobody is asked again (S-023). */
const only =
  (addresses: readonly string[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );

function answerOf(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => reject(new FetchRefused('not_reached', { cause }));
    request.once('socket', (socket: Socket & { encrypted?: boolean }) => {
      const late = setTimeout(() => request.destroy(new Error('no connection')), limits.fetchConnectSeconds * 1_000);
      for (const event of [socket.encrypted === true ? 'secureConnect' : 'connect', 'close']) socket.once(event, () => clearTimeout(late));
    });
    request.once('response', resolve);
    request.on('error', fail);
    // Another protocol, or an end without an answer, is said by nothing else.
    request.once('close', fail);
    if (signal.aborted) fail();
    request.end();
  });
}

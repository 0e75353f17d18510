import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from '@chancery/oauth/client';
import { AuthorizationDouble, type Client } from './authorization-double.js';

/** A request as the stand-in saw it, after it was authenticated. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  /** Of the token that came with it. */
  readonly scope?: string;
  readonly token?: string;
  readonly clientId?: string;
}

export interface StandInAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export type Handler = (seen: Seen) => StandInAnswer | Promise<StandInAnswer>;

/** A small HTTP server in Chancery's place: it checks assertions, proofs and tokens for real, and answers what a spec tells it to. */
export interface StandIn {
  readonly issuer: string;
  readonly operatorFile: string;
  /** The operator's private key material: what must show nowhere. */
  readonly secret: string;
  readonly clients: Map<string, Client>;
  /** By `GET /admin/v1/agents`; a `*` at the end stands for anything. */
  readonly handlers: Record<string, Handler>;
  /** Authenticated requests, tokens left out. */
  readonly seen: Seen[];
  readonly scopesAsked: string[];
  /** What was refused for its credentials, and why. A spec of something that succeeds expects none. */
  readonly refused: string[];
  readonly double: AuthorizationDouble;
  close(): Promise<void>;
}

export async function standIn(handlers: Record<string, Handler> = {}): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-spec-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = generateKey();
  const jwk = key.privateKey.export({ format: 'jwk' });
  const clients = new Map<string, Client>([['op_first', { clientId: 'op_first', jwks: { keys: [key.publicJwk] } }]]);
  const operatorFile = join(folder, 'operator.json');
  writeFileSync(operatorFile, JSON.stringify({ issuer, client_id: 'op_first', private_key: jwk }), { mode: 0o600 });

  const double = new AuthorizationDouble(issuer, clients);
  const seen: Seen[] = [];
  server.on('request', (request, response) => void serve({ request, response, issuer, double, handlers, seen }));
  return {
    issuer,
    operatorFile,
    secret: String(jwk.d),
    clients,
    handlers,
    seen,
    scopesAsked: double.scopesAsked,
    refused: double.refused,
    double,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  issuer: string;
  double: AuthorizationDouble;
  handlers: Record<string, Handler>;
  seen: Seen[];
}

async function serve({ request, response, issuer, double, handlers, seen }: Exchange): Promise<void> {
  const text = (await request.setEncoding('utf8').toArray()).join('');
  const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
  const method = request.method ?? '';
  const key = `${method} ${pathname}`;
  const handler = handlers[key] ?? Object.entries(handlers).find(([name]) => name.endsWith('*') && key.startsWith(name.slice(0, -1)))?.[1];
  const plain = { method, path: pathname, query: searchParams, headers: request.headers };
  const open = pathname === '/token' || pathname === '/register' || pathname.startsWith('/health');
  const caller = open ? {} : double.authenticate(request, `${issuer}${pathname}`);
  const body: unknown = pathname === '/token' ? Object.fromEntries(new URLSearchParams(text)) : text === '' ? undefined : JSON.parse(text);
  if (caller === undefined) return send(response, { status: 401, body: { error: 'invalid_token' } });
  const what: Seen = { ...plain, body, ...caller };
  if (handler === undefined && pathname === '/token') return send(response, double.answer(request, text));
  if (!open) seen.push(what);
  send(response, handler === undefined ? { status: 404, body: { error: 'not_found' } } : await handler(what));
}

function send(response: ServerResponse, { status = 200, body, headers }: StandInAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers }).end(text);
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importPublicJwk } from '@chancery/oauth';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forward } from '../door/target.js';
import { openForSpec } from '../door/spec-kit/door.js';
import { makeKey } from '../keys/make-key.js';
import { verifyCaller } from '../service-auth/verify-caller.js';
import { remoteService, replicaFetch } from './remote.js';

const now = 1_800_000_000;
const key = makeKey('Ed25519');
const publicKey = { kid: key.kid, alg: key.alg, key: importPublicJwk(key.jwk).key, jwk: key.jwk };

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nobody listens any more. */
async function gone(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('a service elsewhere, as the public door calls it', () => {
  it('hears which request it is and where that came from, for this method, path and service alone', async () => {
    const words: (string | string[] | undefined)[] = [];
    const url = await serve((req, res) => {
      words.push(req.headersDistinct['chancery-caller']);
      res.end('ok');
    });
    const token = remoteService({ to: 'token', replicas: [url], key, now: () => now });
    const { door } = await openForSpec({ targets: { registration: token, token, exchange: token, audit: token, gateway: token } });
    const answer = await fetch(`${door.url}/revoke?a=1`, {
      method: 'POST',
      body: 'token=x',
      headers: { 'x-forwarded-for': '198.51.100.1', 'x-request-id': 'rq_forged', 'chancery-caller': 'forged', chancery_anything: 'forged' },
    });
    const honest = { header: words[0], to: 'token', method: 'POST', path: '/revoke', keys: () => publicKey, now } as const;
    expect(verifyCaller(honest)).toEqual({
      service: 'gateway',
      outside: { requestId: answer.headers.get('x-request-id'), source: '127.0.0.1' },
    });
    for (const changed of [{ to: 'exchange' as const }, { method: 'GET' }, { path: '/token' }, { now: now + 30 }]) {
      expect(() => verifyCaller({ ...honest, ...changed })).toThrow('caller_invalid');
    }
  });

  it('is answered for with 503 by the door while no clock was heard of, and is asked nothing', async () => {
    const seen: string[] = [];
    const url = await serve((req, res) => {
      seen.push(req.url ?? '');
      res.end();
    });
    const token = remoteService({ to: 'token', replicas: [url], key, now: () => NaN });
    const { door } = await openForSpec({ targets: { registration: token, token, exchange: token, audit: token, gateway: token } });
    for (const path of ['/jwks', '/register']) {
      const answer = await fetch(door.url + path);
      expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
        503,
        '1',
        { error: 'temporarily_unavailable' },
      ]);
    }
    expect(seen).toEqual([]);
  });

  it('is not introduced again to who was told on whose behalf already', async () => {
    const words: unknown[] = [];
    const url = await serve((req, res) => {
      words.push(req.headersDistinct['chancery-caller']);
      res.end();
    });
    const audit = remoteService({ to: 'audit', replicas: [url], key, now: () => NaN });
    const front = await serve((req, res) => forward({ target: audit, req, res, set: { 'chancery-caller': 'the own word' } }));
    await fetch(front);
    expect(words).toEqual([['the own word']]);
  });
});

describe('what the gateway asks of replicas itself', () => {
  it('goes to one that can be reached, and from then on to it first', async () => {
    const asked: string[] = [];
    const url = await serve((req, res) => {
      asked.push(`${req.method} ${req.url}`);
      res.end('here');
    });
    const ask = replicaFetch([await gone(), url]);
    for (let time = 0; time < 2; time += 1) {
      expect(await (await ask('http://token/proofs?a=1', { method: 'POST', body: '{}' })).text()).toBe('here');
    }
    expect(asked).toEqual(Array(2).fill('POST /proofs?a=1'));
  });

  it('tries each once, and fails when none answers', async () => {
    let tried = 0;
    const broken: Handler = (req) => {
      tried += 1;
      req.socket.destroy();
    };
    await expect(replicaFetch([await serve(broken), await serve(broken)])('http://token/jwks')).rejects.toThrow('fetch failed');
    expect(tried).toBe(2);
  });

  it('leaves one that says nothing while there is time, and begins with the next after that', async () => {
    let silent = 0;
    const mute = await serve(() => void (silent += 1));
    const url = await serve((_, res) => void res.end('here'));
    const ask = replicaFetch([mute, url]);
    await expect(ask('http://token/jwks', { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
    expect(await (await ask('http://token/jwks')).text()).toBe('here');
    expect(silent).toBe(1);
  });

  it('begins elsewhere after one that could not answer', async () => {
    const ill = await serve((_, res) => void res.writeHead(503).end());
    const url = await serve((_, res) => void res.end('here'));
    const ask = replicaFetch([ill, url]);
    expect((await ask('http://token/jwks')).status).toBe(503);
    expect(await (await ask('http://token/jwks')).text()).toBe('here');
  });

  it('reaches another one, whatever others ask meanwhile', async () => {
    const url = await serve((_, res) => void res.end('here'));
    const ask = replicaFetch([await gone(), url]);
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask('http://token/jwks').then((answer) => answer.text())));
    expect(answers).toEqual(Array(16).fill('here'));
  });
});

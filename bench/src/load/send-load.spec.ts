import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LoadOptions, rawRequest } from './load.js';
import { sendLoad } from './send-load.js';

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const load = (port: number, change: Partial<LoadOptions> = {}): LoadOptions => ({
  port,
  requests: Array.from({ length: 40 }, (_, nth) =>
    rawRequest({ method: 'POST', path: '/token', port, headers: { nth: String(nth) }, body: 'grant=ü' }),
  ),
  again: false,
  expect: { status: 200, contains: ['token'], distinct: 'token":"' },
  connections: 4,
  seconds: 30,
  ...change,
});

const honest: RequestListener = (req, res) => res.end(JSON.stringify({ token: `t${String(req.headers['nth'])}` }));

describe('the load generator', () => {
  it('sends each request once, as it was written, and counts its answers', async () => {
    const seen: string[] = [];
    const port = await serve((req, res) => {
      seen.push(`${req.method} ${req.url} ${req.headers['content-length']} ${String(req.headers['nth'])}`);
      honest(req, res);
    });
    const result = await sendLoad(load(port));
    expect(result).toMatchObject({ count: 40, wrong: 0, timeouts: 0 });
    expect(seen.toSorted()).toEqual(Array.from({ length: 40 }, (_, nth) => `POST /token 8 ${nth}`).toSorted());
    expect(result.p99).toBeGreaterThanOrEqual(result.p50);
  });

  it('begins again where it may, until the time is over', async () => {
    const port = await serve((_, res) => res.end('token'));
    const { count, wrong, seconds } = await sendLoad(
      load(port, { again: true, seconds: 0.3, expect: { status: 200, contains: ['token'] } }),
    );
    expect(count).toBeGreaterThan(40);
    expect(wrong).toBe(0);
    expect(seconds).toBeGreaterThanOrEqual(0.3);
  });

  it('keeps to a pace', async () => {
    const port = await serve(honest);
    const { count, wrong, seconds } = await sendLoad(load(port, { rate: 100 }));
    expect([count, wrong]).toEqual([40, 0]);
    // The last of 40 is due after 390 ms; four may be due at once.
    expect(seconds).toBeGreaterThan(0.3);
  });

  it.each<[string, RequestListener]>([
    ['another status', (req, res) => honest(req, res.writeHead(req.headers['nth'] === '7' ? 400 : 200))],
    ['a body without the token', (req, res) => (req.headers['nth'] === '7' ? res.end('{}') : honest(req, res))],
    [
      'a token of somebody else',
      (req, res) => res.end(JSON.stringify({ token: req.headers['nth'] === '7' ? 't8' : `t${String(req.headers['nth'])}` })),
    ],
    ['a connection that is cut', (req, res) => (req.headers['nth'] === '39' ? res.destroy() : honest(req, res))],
  ])('counts %s as wrong, and says it', async (_, listener) => {
    const { wrong, firstWrong } = await sendLoad(load(await serve(listener)));
    expect(wrong).toBe(1);
    expect(firstWrong).not.toBe('');
  });
});

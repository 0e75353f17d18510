import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpJwks } from './keys/http-jwks.js';
import { httpFeed } from './revocations/feed.js';

const answer = { status: 200, body: '{"ok":true}', headers: {} as Record<string, string> };
let asked: { url: string | undefined; word: unknown };
const server = createServer((req, res) => {
  asked = { url: req.url, word: req.headers['chancery-caller'] };
  if (req.url?.startsWith('/elsewhere')) res.end('{"followed":true}');
  else res.writeHead(answer.status, answer.headers).end(answer.body);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => Object.assign(answer, { status: 200, body: '{"ok":true}', headers: {} }));
afterAll(() => server.close());

const feed = () => httpFeed({ url: `${url}/revocations/feed`, headers: () => ({ 'chancery-caller': 'word' }) });
const ask = { gateway: 'gw-1', run: 'rn-1', after: '1.2', applied: 7, entries: 3, budget: 30, wait: 1, positions: [] };

describe('the feed over HTTP', () => {
  it('asks as the design says, and says who asks', async () => {
    expect(await feed()(ask, new AbortController().signal)).toEqual({ ok: true });
    const path = '/revocations/feed?gateway=gw-1&run=rn-1&after=1.2&applied=7&entries=3&budget=30&wait=1';
    expect(asked).toEqual({ url: path, word: 'word' });
    await feed()({ ...ask, positions: [41n, 9_223_372_036_854_775_807n] }, new AbortController().signal);
    expect(asked).toEqual({ url: `${path}&position=41&position=9223372036854775807`, word: 'word' });
  });

  it('takes no error, no redirect and no half answer for one', async () => {
    const given = [
      { status: 503, body: '{}', says: 'the feed answered 503' },
      { status: 302, headers: { location: `${url}/elsewhere` }, says: 'fetch failed' },
      { body: '{"ok":', says: 'JSON' },
    ];
    for (const { says, ...each } of given) {
      Object.assign(answer, { status: 200, headers: {}, ...each });
      await expect(feed()(ask, new AbortController().signal)).rejects.toThrow(says);
    }
    expect(asked.url).not.toContain('elsewhere');
  });

  it('ends when nobody waits for it any more', async () => {
    await expect(feed()(ask, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('the key set over HTTP', () => {
  it('is what the address from configuration says', async () => {
    expect(await httpJwks({ url: `${url}/jwks` })()).toEqual({ ok: true });
    expect(asked.url).toBe('/jwks');
  });

  it('is nothing when it was answered by an error, a redirect, or too much', async () => {
    const given = [
      { status: 500, says: 'answered 500' },
      { status: 301, headers: { location: `${url}/elsewhere` }, says: 'fetch failed' },
      { body: JSON.stringify({ pad: 'x'.repeat(300_000) }), says: 'too large' },
    ];
    for (const { says, ...each } of given) {
      Object.assign(answer, { status: 200, headers: {}, body: '{}', ...each });
      await expect(httpJwks({ url: `${url}/jwks` })()).rejects.toThrow(says);
    }
  });
});

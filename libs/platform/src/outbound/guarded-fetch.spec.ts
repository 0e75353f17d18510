import { limits } from '@chancery/oauth';
import { setGlobalProxyFromEnv } from 'node:http';
import { setDefaultAutoSelectFamily } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LogFields, silentLog } from '../logs/log.js';
import { parseAllowedTargets } from './allowed-targets.js';
import { type FetchRefusal, FetchRefused } from './fetch-refused.js';
import { type FetchOptions, type GuardedFetchDeps, openGuardedFetch } from './guarded-fetch.js';
import { at, ca, host, inside, json, onlyOutside, outside, serveOutside, silence, trap } from './spec-kit/outside.js';

const fetcher = (changed: Partial<GuardedFetchDeps> = {}) =>
  openGuardedFetch({ resolve: at(outside), allowed: onlyOutside, ca, ...changed });
const jsonOnly: FetchOptions = { types: ['application/json'] };

/** Why it was refused; the text is one for all. */
async function refusalOf(work: Promise<unknown>): Promise<FetchRefusal | 'fetched'> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return 'fetched';
  if (!(error instanceof FetchRefused)) throw error;
  expect(error.message).toBe('the document could not be fetched');
  return error.refusal;
}

describe('a document of somebody else', () => {
  it('is fetched with its name at an address that was judged, on a connection of its own, without anything that says who asks', async () => {
    const server = await serveOutside((_, res) => json(res, '{"keys":[]}', { 'cache-control': 'max-age=120', 'set-cookie': 'a=b' }));
    const fetch = fetcher();
    for (let n = 0; n < 2; n++) expect(await fetch(server.url, jsonOnly)).toEqual({ body: Buffer.from('{"keys":[]}'), freshSeconds: 120 });
    // Its name is in TLS, too.
    expect(server.requests.map(({ socket }) => (socket as TLSSocket & { servername: unknown }).servername)).toEqual([host, host]);
    expect(server.requests.map(({ method, url, headers }) => ({ method, url, headers }))).toEqual(
      Array.from({ length: 2 }, () => ({
        method: 'GET',
        url: '/jwks',
        headers: {
          host: `${host}:${server.port}`,
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'chancery',
          connection: 'close',
        },
      })),
    );
    await waitFor(() => server.sockets.size === 0);
  });

  it('is known by a certificate for its name, whatever its address', async () => {
    const server = await serveOutside((_, res) => json(res, '{}'));
    expect(await refusalOf(fetcher()(server.url.replace(host, 'other.example'), jsonOnly))).toBe('not_reached');
    expect(await refusalOf(openGuardedFetch({ resolve: at(outside), allowed: onlyOutside })(server.url, jsonOnly))).toBe('not_reached');
    expect(server.requests).toEqual([]);
    expect(await refusalOf(fetcher()(`https://${outside}:${server.port}/jwks`, jsonOnly))).toBe('fetched');
  });

  it('is asked for at the next address of its name when nobody is at the first, however the process is set', async () => {
    const server = await serveOutside((_, res) => json(res, '{}'));
    const allowed = parseAllowedTargets('127.0.0.2/31') ?? onlyOutside;
    setDefaultAutoSelectFamily(false);
    onTestFinished(() => setDefaultAutoSelectFamily(true));
    expect(await refusalOf(fetcher({ resolve: at('127.0.0.3', outside), allowed })(server.url, jsonOnly))).toBe('fetched');
  });

  it('comes by no proxy that the environment names', async () => {
    const server = await serveOutside((_, res) => json(res, '{}'));
    const proxy = await serveOutside((_, res) => json(res, '{}'));
    const restore = setGlobalProxyFromEnv({
      https_proxy: `http://${outside}:${proxy.port}`,
      http_proxy: `http://${outside}:${proxy.port}`,
    });
    try {
      expect(await refusalOf(fetcher()(server.url, jsonOnly))).toBe('fetched');
    } finally {
      restore();
    }
    expect([server.requests.length, proxy.requests.length]).toEqual([1, 0]);
  });
});

describe('the address of a document', () => {
  it.each<[string, readonly string[], FetchRefusal]>([
    ['inside', [inside], 'address_not_public'],
    ['inside by IPv6', ['::1'], 'address_not_public'],
    ['inside as IPv4 in IPv6', ['::ffff:127.0.0.2'], 'address_not_public'],
    ['a cloud’s metadata', ['169.254.169.254'], 'address_not_public'],
    ['outside and inside, in this order', [outside, inside], 'address_not_public'],
    ['inside and outside', [inside, outside], 'address_not_public'],
    ['one inside among many', [...Array.from({ length: 50 }, () => outside), '10.0.0.1'], 'address_not_public'],
    ['no address', [], 'not_resolved'],
    ['a name again', ['localhost'], 'address_not_public'],
    ['an interface', ['fe80::1%lo'], 'address_not_public'],
  ])('is refused when it is %s: no socket is opened (S-021, S-023)', async (_, addresses, refusal) => {
    const server = await serveOutside((_req, res) => json(res, '{}'));
    const { hits } = await trap(server.port);
    expect(await refusalOf(fetcher({ resolve: at(...addresses) })(server.url, jsonOnly))).toBe(refusal);
    expect([hits(), server.requests.length]).toEqual([0, 0]);
  });

  it('is asked for once, so that an answer which changes before the connection changes nothing: 2 000 rounds (S-023)', async () => {
    const server = await serveOutside((_, res) => json(res, '{}'));
    const { hits } = await trap(server.port);
    const outcomes = { fetched: 0, address_not_public: 0 };
    for (let round = 0; round < 2_000; round++) {
      // What is checked is outside, or both; what anybody is told after that is inside.
      const first = round % 2 === 0 ? [outside] : [outside, inside];
      let asked = 0;
      const rebinding = () => Promise.resolve(asked++ === 0 ? first : [inside]);
      outcomes[(await refusalOf(fetcher({ resolve: rebinding })(server.url, jsonOnly))) as keyof typeof outcomes] += 1;
      expect(asked).toBe(1);
    }
    expect(outcomes).toEqual({ fetched: 1_000, address_not_public: 1_000 });
    expect([hits(), server.requests.length]).toEqual([0, 1_000]);
  }, 60_000);

  it('is nobody’s business: every refusal has one text, and its reason is in the log alone (S-026)', async () => {
    const lines: LogFields[] = [];
    const log = { ...silentLog, warn: (fields: LogFields) => void lines.push(fields) };
    expect(await refusalOf(fetcher({ resolve: at(inside), log })(`https://${host}/jwks`, jsonOnly))).toBe('address_not_public');
    expect(await refusalOf(fetcher({ log })('https://localhost/jwks', jsonOnly))).toBe('host_not_public');
    expect(lines.map(({ reason, name }) => [reason, name])).toEqual([
      ['address_not_public', host],
      ['host_not_public', 'localhost'],
    ]);
  });
});

describe('an answer', () => {
  it.each<[string, Parameters<typeof serveOutside>[0], FetchRefusal]>([
    ['a redirect inside', (_, res) => void res.writeHead(302, { location: `https://${inside}/` }).end(), 'redirected'],
    ['a redirect to itself', (_, res) => void res.writeHead(307, { location: '/' }).end(), 'redirected'],
    ['nothing new', (_, res) => void res.writeHead(304).end(), 'redirected'],
    ['not found', (_, res) => void res.writeHead(404, { 'content-type': 'application/json' }).end('{}'), 'status_not_ok'],
    ['a part', (_, res) => void res.writeHead(206, { 'content-type': 'application/json' }).end('{}'), 'status_not_ok'],
    ['without a type', (_, res) => void res.end('{}'), 'type_unexpected'],
    ['a page', (_, res) => json(res, '{}', { 'content-type': 'text/html' }), 'type_unexpected'],
    ['of another type with the same beginning', (_, res) => json(res, '{}', { 'content-type': 'application/json-seq' }), 'type_unexpected'],
    ['in another charset', (_, res) => json(res, '{}', { 'content-type': 'application/json; charset=utf-16' }), 'type_unexpected'],
    ['compressed', (_, res) => json(res, '{}', { 'content-encoding': 'gzip' }), 'encoded'],
    ['compressed twice', (_, res) => json(res, '{}', { 'content-encoding': 'identity, br' }), 'encoded'],
    ['said to be too large', (_, res) => json(res, 'x'.repeat(16_385)), 'too_large'],
    [
      'said to be too large, and never comes',
      (_, res) => res.writeHead(200, { 'content-type': 'application/json', 'content-length': '16385' }).flushHeaders(),
      'too_large',
    ],
    [
      'shorter than said',
      (_, res) => void res.writeHead(200, { 'content-type': 'application/json', 'content-length': '9' }).write('{}', () => res.destroy()),
      'broken_off',
    ],
    ['with headers without end', (_, res) => json(res, '{}', { a: 'x'.repeat(9_000) }), 'not_reached'],
    ['nothing at all', (req) => void req.socket.destroy(), 'not_reached'],
    [
      'another protocol',
      (_, res) => void res.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
      'not_reached',
    ],
    ['no HTTP', (_, res) => void res.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'), 'not_reached'],
  ])('that is %s is refused, and nothing follows it (NET-01, S-025)', async (_, handler, refusal) => {
    const server = await serveOutside(handler);
    expect(await refusalOf(fetcher()(server.url, jsonOnly))).toBe(refusal);
    expect(server.requests).toHaveLength(1);
    await waitFor(() => server.sockets.size === 0);
  });

  it('is as large as the bound, and of a type with the suffix where that is allowed', async () => {
    const server = await serveOutside((_, res) =>
      json(res, 'x'.repeat(16_384), { 'content-type': 'application/jwk-set+json;charset=UTF-8' }),
    );
    expect((await fetcher()(server.url, { types: ['+json'] })).body).toHaveLength(16_384);
    expect(await refusalOf(fetcher()(server.url, jsonOnly))).toBe('type_unexpected');
    expect(await refusalOf(fetcher()(server.url, { types: ['+json'], maxBytes: 16_383 }))).toBe('too_large');
  });

  it('without end is ended at the bound, with its connection (S-025)', async () => {
    const server = await serveOutside((_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      const flood = (): void => void (res.destroyed || res.write('x'.repeat(4_096), flood));
      flood();
    });
    expect(await refusalOf(fetcher()(server.url, jsonOnly))).toBe('too_large');
    await waitFor(() => server.sockets.size === 0);
  });

  it('that drips is ended by the deadline, with its connection (S-025)', async () => {
    const server = await serveOutside((_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => res.write(' '), 20);
      res.once('close', () => clearInterval(drip));
    });
    expect(await refusalOf(fetcher()(server.url, { ...jsonOnly, patience: 300 }))).toBe('too_slow');
    expect(server.requests).toHaveLength(1);
    await waitFor(() => server.sockets.size === 0);
  });

  it('that never begins is waited for as long, in TLS, in HTTP and in DNS (S-025)', async () => {
    const hurried = { ...jsonOnly, patience: 200 };
    const mute = await silence();
    expect(await refusalOf(fetcher()(mute.url, hurried))).toBe('too_slow');
    await waitFor(() => mute.sockets.size === 0);
    const idle = await serveOutside(() => undefined);
    expect(await refusalOf(fetcher()(idle.url, hurried))).toBe('too_slow');
    const deaf = fetcher({ resolve: () => new Promise(() => undefined) });
    expect(await refusalOf(deaf(idle.url, hurried))).toBe('too_slow');
    expect(idle.requests).toHaveLength(1);
  });

  it('has two seconds to connect, TLS included (NET-01)', async () => {
    const mute = await silence();
    // Five in all would have been said to be too slow.
    expect(await refusalOf(fetcher()(mute.url, jsonOnly))).toBe('not_reached');
    await waitFor(() => mute.sockets.size === 0);
  });

  it('is one of few at once from one host; the next is refused without asking, and room comes back', async () => {
    const held: (() => void)[] = [];
    const server = await serveOutside((_, res) => void held.push(() => json(res, '{}')));
    const fetch = fetcher();
    const running = Array.from({ length: limits.fetchesAtOnceOfHost }, () => fetch(server.url, jsonOnly));
    await waitFor(() => held.length === limits.fetchesAtOnceOfHost);
    expect(await refusalOf(fetch(server.url, jsonOnly))).toBe('too_many_at_once');
    for (const answer of held.splice(0)) answer();
    await Promise.all(running);
    const next = fetch(server.url, jsonOnly);
    await waitFor(() => held.length === 1);
    held[0]?.();
    expect((await next).body.toString()).toBe('{}');
  });
});

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpProofs } from './http-proofs.js';

let url = '';
let answer: (res: ServerResponse) => void;
let seen: { method: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.once('end', () => {
    seen.push({ method: req.method, headers: req.headers, body: Buffer.concat(chunks).toString() });
    answer(res);
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/proofs`;
});
beforeEach(() => void (seen = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const says =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (res: ServerResponse): void =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

let words = 0;
const ask = (patience = 5_000) =>
  httpProofs({ url, headers: () => ({ 'chancery-caller': `word-${(words += 1)}` }), patience })({
    thumbprint: 'A'.repeat(43),
    jti: 'j1',
    end: 1_790_000_360,
  });

describe('a reservation over HTTP', () => {
  it.each(['fresh', 'used', 'expired'])('says what the token service says: %s', async (proof) => {
    answer = says(200, JSON.stringify({ proof }));
    expect(await ask()).toBe(proof);
  });

  it('is one POST, with a new word each time', async () => {
    answer = says(200, '{"proof":"fresh"}');
    await ask();
    await ask();
    expect(seen.map(({ method, body }) => [method, JSON.parse(body)])).toEqual(
      [1, 2].map(() => ['POST', { jkt: 'A'.repeat(43), jti: 'j1', end: 1_790_000_360 }]),
    );
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(seen[0]?.headers['chancery-caller']).not.toBe(seen[1]?.headers['chancery-caller']);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    ['503', says(503, '{"error":"temporarily_unavailable"}')],
    ['401', says(401, '{"error":"invalid_token"}')],
    ['an error that looks like a yes', says(500, '{"proof":"fresh"}')],
    ['a redirect', says(302, '{"proof":"fresh"}', { location: '/elsewhere' })],
    ['something else', says(200, '{"proof":"maybe"}')],
    ['more than that', says(200, '{"proof":"fresh","used":true}')],
    ['no JSON', says(200, 'fresh')],
    ['nothing', (res) => void res.destroy()],
  ])('is not known after %s', async (_name, answered) => {
    answer = answered;
    await expect(ask()).rejects.toThrow(Error);
    expect(seen).toHaveLength(1);
  });

  it('is not known when no answer comes in time', async () => {
    answer = () => undefined;
    await expect(ask(20)).rejects.toThrow(/timeout|aborted/i);
  });
});

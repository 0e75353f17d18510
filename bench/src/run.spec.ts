import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Figure } from './figure.js';
import { checked } from './load/drive.js';
import { rawRequest } from './load/load.js';
import { sendLoad } from './load/send-load.js';
import { run } from './run.js';
import { abandon, type Bench, type World } from './world.js';

const figure = (ratio: number): Figure => ({
  name: 'x/rate',
  unit: '/s',
  ours: 100,
  peer: 50,
  ratio,
  bounds: { of: 'ratio', direction: 'at least', floor: 1.5 },
});

const bench = (name: string, work: (world: World) => void | Promise<void>): Bench => ({
  name,
  what: name,
  run: async (world) => work(world),
});

async function runAll(...benches: Bench[]) {
  const [out, err]: string[][] = [[], []];
  const outcome = await run({ benches, quick: true, json: true }, { out: (text) => out?.push(text), err: (text) => err?.push(text) });
  return { ...outcome, out: out ?? [], err: (err ?? []).join('\n') };
}

describe('a run of benches', () => {
  it('prints a line a figure, and ends well when floors are reached or nearly', async () => {
    const { status, out } = await runAll(bench('x', ({ report }) => [figure(2), figure(1.36)].forEach((each) => report(each))));
    expect(status).toBe(0);
    expect(out.map((line) => (JSON.parse(line) as Figure).ratio)).toEqual([2, 1.36]);
  });

  it('ends with 1 for a floor missed by more than a tenth, and names it', async () => {
    const { status, err } = await runAll(bench('x', ({ report }) => report(figure(1.34))));
    expect(status).toBe(1);
    expect(err).toContain('x/rate missed');
  });

  it('ends with 2 when a server answers wrongly, after the others have run', async () => {
    let nth = 0;
    const server = createServer((_, res) => res.writeHead(++nth === 30 ? 500 : 200).end('token'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const load = {
      port,
      requests: Array.from({ length: 60 }, () => rawRequest({ method: 'GET', path: '/', port, headers: {} })),
      again: false,
      expect: { status: 200, contains: ['token'] },
      connections: 2,
      seconds: 20,
    };
    const wrong = bench('wrong', async ({ report }) => {
      const { count } = checked(await sendLoad(load));
      report({ ...figure(9), ours: count });
    });
    const { status, figures, err } = await runAll(
      wrong,
      bench('x', ({ report }) => report(figure(2))),
    );
    expect(status).toBe(2);
    expect(figures).toEqual([figure(2)]);
    expect(err).toContain('wrong failed: WrongAnswer: 1 wrong answers of 60');
  });

  it('ends with 2 for a bench that measured nothing', async () => {
    expect((await runAll(bench('x', () => undefined))).status).toBe(2);
  });

  it('puts everything away, the last thing first, also when it fails', async () => {
    const closed: string[] = [];
    let folder = '';
    const thing = (name: string) => ({ close: () => Promise.resolve(void closed.push(name)) });
    const { status } = await runAll(
      bench('x', async (world) => {
        folder = world.folder;
        world.keep(thing('first'));
        await world.drop(world.keep(thing('dropped')));
        world.keep(thing('last'));
        throw new Error('no');
      }),
    );
    expect(status).toBe(2);
    expect(closed).toEqual(['dropped', 'last', 'first']);
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  });

  it('puts everything away once when it is interrupted, and waits for it', async () => {
    const closed: string[] = [];
    const closing = Promise.withResolvers<void>();
    const interrupted = Promise.withResolvers<void>();
    let folder = '';
    const running = runAll(
      bench('x', (world) => {
        folder = world.folder;
        world.keep({ close: () => closing.promise.then(() => void closed.push('slow')) });
        const abandoned = abandon(() => undefined).then(() => closed.push('abandoned'));
        void abandoned.then(() => interrupted.resolve());
        // What it was doing fails, for its server is gone.
        return Promise.reject(new Error('the server ended'));
      }),
    );
    closing.resolve();
    await Promise.all([running, interrupted.promise]);
    expect(closed).toEqual(['slow', 'abandoned']);
    expect(existsSync(folder)).toBe(false);
  });
});

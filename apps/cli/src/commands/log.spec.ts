import { EventEmitter, once } from 'node:events';
import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine, recordingTerminal } from '../spec-kit/command-line.js';
import { type Seen, standIn, type StandIn } from '../spec-kit/stand-in.js';

const entry = (position: number, rest: object = {}) => ({
  position,
  at: '2026-11-24T22:57:03.123456Z',
  type: 'grant.token-issued',
  stream: 'main/grant/gr_1',
  data: { jti: `tk_${position}` },
  ...rest,
});

let chancery: StandIn;
beforeEach(async () => (chancery = await standIn()));
afterEach(() => chancery.close());

const typed = (line: string, columns?: number) =>
  commandLine(line.split(' '), { operatorFile: chancery.operatorFile, ...(columns !== undefined && { columns }) });
const asked = () => chancery.seen.map(({ query }) => Object.fromEntries(query));

/** Serves entries 1 to `count` as the log would: after `since`, at most `limit`. */
const serving = (count: number) => (seen: Seen) => {
  const since = Number(seen.query.get('since') ?? 0);
  const length = Math.max(0, Math.min(Number(seen.query.get('limit')), count - since));
  return { body: { entries: Array.from({ length }, (_, index) => entry(since + 1 + index)) } };
};

describe('log list', () => {
  it('prints one JSON object a line, oldest first', async () => {
    chancery.handlers['GET /admin/v1/log'] = serving(3);
    const { status, out } = await typed('log list --json');
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([entry(1), entry(2), entry(3)]);
  });

  it('asks for what was named, with the scope for reading alone', async () => {
    chancery.handlers['GET /admin/v1/log'] = serving(0);
    await typed('log list --agent ag_1 --type grant.revoked --since 7 --limit 5');
    expect(asked()).toEqual([{ agent: 'ag_1', type: 'grant.revoked', since: '7', limit: '5' }]);
    expect(chancery.scopesAsked).toEqual(['chancery:audit']);
  });

  it.each(['log list', 'log list --json'])('prints nothing for an empty list: %s', async (line) => {
    chancery.handlers['GET /admin/v1/log'] = serving(0);
    expect(await typed(line)).toEqual({ status: 0, out: '', err: '' });
  });

  it('gives everything there is, page by page, with one token', async () => {
    chancery.handlers['GET /admin/v1/log'] = serving(2_300);
    const { out } = await typed('log list --json');
    const positions = out.split('\n').map((line) => (JSON.parse(line) as { position: number }).position);
    expect(positions).toEqual(Array.from({ length: 2_300 }, (_, index) => index + 1));
    expect(chancery.scopesAsked).toHaveLength(1);
  });

  it('ends at its limit, also over pages', async () => {
    chancery.handlers['GET /admin/v1/log'] = serving(2_300);
    const { out } = await typed('log list --json --limit 1500');
    expect(out.split('\n')).toHaveLength(1_500);
    expect(asked().map(({ limit, since }) => [limit, since])).toEqual([
      ['1000', undefined],
      ['500', '1000'],
    ]);
  });

  it('shows people what happened, a line each, within the screen', async () => {
    const call = {
      type: 'activity.denied',
      data: { method: 'GET', path: '/demo/notes', status: 401, reason: 'revoked', agent: 'ag_3fMnZ0rTq1Xc5vB8kLwD2A' },
    };
    const mint = { type: 'iat.minted', stream: 'main/iat/it_1', data: { note: 'x', by: 'op_\u001b[2J' } };
    chancery.handlers['GET /admin/v1/log'] = ({ query }) => ({
      body: { entries: query.has('since') ? [] : [entry(1, call), entry(2, mint)] },
    });
    expect((await typed('log list', 80)).out.split('\n')).toEqual([
      'POSITION  TIME (UTC)      EVENT                     WHAT',
      '       1  11-24 22:57:03  activity.denied           401 GET /demo/notes revoked…',
      '       2  11-24 22:57:03  iat.minted                iat it_1 by op_�[2J',
    ]);
  });
});

/** A log that grows while it is followed. */
function growing() {
  const entries: ReturnType<typeof entry>[] = [];
  const arrivals = new EventEmitter();
  chancery.handlers['GET /admin/v1/log'] = async ({ query }) => {
    const after = () => entries.filter(({ position }) => position > Number(query.get('since') ?? 0)).slice(0, Number(query.get('limit')));
    if (after().length === 0) await once(arrivals, 'entry');
    return { body: { entries: after() } };
  };
  return (position: number) => {
    entries.push(entry(position));
    arrivals.emit('entry');
  };
}

const follow = (line: string) => {
  const terminal = recordingTerminal();
  const stop = new AbortController();
  const result = commandLine(line.split(' '), { operatorFile: chancery.operatorFile, terminal, signal: stop.signal });
  return {
    terminal,
    stop: () => stop.abort(),
    result,
    positions: () => terminal.written.map((each) => (JSON.parse(each) as { position: number }).position),
  };
};

describe('log tail', () => {
  it('prints what there is, then what comes, until Ctrl-C, and exits 0', async () => {
    const add = growing();
    add(1);
    const tail = follow('log tail --json');
    await waitFor(() => tail.terminal.written.length === 1);
    add(2);
    await waitFor(() => tail.terminal.written.length === 2);
    tail.stop();
    expect((await tail.result).status).toBe(0);
    expect(tail.positions()).toEqual([1, 2]);
    expect(tail.terminal.errors).toEqual([]);
  });

  it('keeps its question open at the server', async () => {
    growing()(1);
    const tail = follow('log tail --json --limit 1');
    expect((await tail.result).status).toBe(0);
    expect(asked()[0]).toMatchObject({ wait: '20' });
  });

  it('ends after --limit entries', async () => {
    const add = growing();
    for (const position of [1, 2, 3]) add(position);
    const tail = follow('log tail --json --limit 2');
    expect((await tail.result).status).toBe(0);
    expect(tail.positions()).toEqual([1, 2]);
  });

  it('waits for a Chancery that went away, says so once, and misses nothing', async () => {
    let away = 0;
    chancery.handlers['GET /admin/v1/log'] = (seen) => {
      if (seen.query.has('since') && away < 2) {
        away += 1;
        return { status: 503, body: { error: 'temporarily_unavailable' } };
      }
      return serving(seen.query.has('since') ? 2 : 1)(seen);
    };
    const tail = follow('log tail --json --limit 2');
    expect((await tail.result).status).toBe(0);
    expect(away).toBe(2);
    expect(tail.positions()).toEqual([1, 2]);
    expect(tail.terminal.errors).toHaveLength(1);
    expect(tail.terminal.errors[0]).toContain('waiting for it');
  });

  it('does not keep itself busy with the records of its own questions', async () => {
    const reading = { type: 'activity.allowed', data: { method: 'GET', path: '/admin/v1/log', status: 200 } };
    const times: number[] = [];
    chancery.handlers['GET /admin/v1/log'] = ({ query }) => {
      times.push(performance.now());
      return { body: { entries: [entry(Number(query.get('since') ?? 0) + 1, reading)] } };
    };
    await follow('log tail --json --limit 3').result;
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toHaveLength(2);
    expect(Math.min(...gaps)).toBeGreaterThan(900);
  });

  it('does not wait for one that was never there', async () => {
    chancery.handlers['GET /admin/v1/log'] = () => ({ status: 503, body: {} });
    expect((await follow('log tail').result).status).toBe(1);
  });

  it('ends when it is refused on the way', async () => {
    chancery.handlers['GET /admin/v1/log'] = (seen) =>
      seen.query.has('since') ? { status: 403, body: { error: 'insufficient_scope' } } : serving(1)(seen);
    const tail = follow('log tail --json');
    expect((await tail.result).status).toBe(1);
    expect(tail.positions()).toEqual([1]);
  });
});

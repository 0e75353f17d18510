import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ListedGateway } from '../gateways/gateway-list.js';
import { commandLine, recordingTerminal } from '../spec-kit/command-line.js';
import { type Seen, standIn, type StandIn, type StandInAnswer } from '../spec-kit/stand-in.js';

const answer = { already: false, at: '2026-11-24T22:57:03.123456Z', position: '41' };
const gateway = (name: string, change: Partial<ListedGateway> = {}): ListedGateway => ({
  name,
  applied_through: '2026-11-24T22:57:02.000000Z',
  heard_at: '2026-11-24T22:57:03.140000Z',
  alive: true,
  budget: 30,
  applied: [],
  ...change,
});
const having = (name: string, since = '2026-11-24T22:57:03.161456Z') => gateway(name, { applied: [{ position: '41', at: since }] });

let chancery: StandIn;
/** What the list is, one question after the other; the last one stays. */
let lists: (readonly ListedGateway[])[];
let asked: Seen[];
beforeEach(async () => {
  lists = [];
  asked = [];
  chancery = await standIn({
    'POST /admin/v1/agents/ag_1/revoke': () => ({ body: answer }),
    'POST /admin/v1/grants/gr_1/revoke': () => ({ body: answer }),
    'POST /admin/v1/iats/it_1/revoke': () => ({ body: answer }),
    'POST /admin/v1/iats/it_1/close': () => ({ body: answer }),
    'GET /admin/v1/gateways': (seen) => {
      asked.push(seen);
      const gateways = (lists.length > 1 ? lists.shift() : lists[0]) ?? [];
      return { body: { gateways, changes: asked.length, as_of: '2026-11-24T22:57:03.150000Z' } };
    },
  });
});
afterEach(() => chancery.close());

const typed = (line = 'revoke agent ag_1', options: Parameters<typeof commandLine>[1] = {}) =>
  commandLine([...line.split(' '), '--reason', 'stolen'], { operatorFile: chancery.operatorFile, ...options });
const gateways = (handler: (seen: Seen) => StandInAnswer | Promise<StandInAnswer>) =>
  (chancery.handlers['GET /admin/v1/gateways'] = handler);
const json = async (line?: string) => JSON.parse((await typed(`${line ?? 'revoke agent ag_1'} --json`)).out) as object;

describe.each(['revoke agent ag_1', 'revoke grant gr_1', 'revoke iat it_1', 'iat revoke it_1'])('%s', (line) => {
  it('waits until it is in force at every gateway, and says after how long', async () => {
    lists = [
      [gateway('gw-1'), gateway('gw-2')],
      [having('gw-1'), gateway('gw-2')],
      [having('gw-1'), having('gw-2', answer.at)],
    ];
    const { status, out, err } = await typed(line);
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([expect.stringMatching(/^✓ .* 22:57:03Z$/), '  in force at 2 of 2 gateways after 38 ms']);
    expect(asked.map(({ query, scope }) => [query.get('since'), query.get('wait'), scope])).toEqual([
      [null, null, 'chancery:audit'],
      ['1', '5', 'chancery:audit'],
      ['2', '5', 'chancery:audit'],
    ]);
    expect(chancery.refused).toEqual([]);
  });

  it('says the same to programs, in one object', async () => {
    lists = [[having('gw-1')]];
    expect(await json(line)).toEqual({ ...answer, gateways: { in_force: 1, of: 1, after_ms: 38 } });
  });

  it('does not ask with --no-wait', async () => {
    const { status, out } = await typed(`${line} --no-wait`);
    expect([status, out.split('\n').length, asked]).toEqual([0, 1, []]);
    expect(await json(`${line} --no-wait`)).toEqual(answer);
    expect(asked).toEqual([]);
  });
});

it('revoke iat --close does not wait: gateways have no part in it', async () => {
  const { status, out } = await typed('revoke iat it_1 --close');
  expect([status, out.split('\n').length, asked]).toEqual([0, 1, []]);
});

describe('a gateway that does not hear of it', () => {
  it('is waited for as long as the longest budget, and then it is said by when it denies', async () => {
    lists = [[{ ...having('gw-1'), budget: 1 }, gateway('gw-2', { budget: 1 }), gateway('gw-3', { budget: 0 })]];
    const began = performance.now();
    const { status, out } = await typed();
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(status).toBe(0);
    expect(out.split('\n').at(-1)).toBe('  at 1 of 3; the others deny by 22:57:05 UTC (gw-2, gw-3)');
    expect(await json()).toEqual({ ...answer, gateways: { in_force: 1, of: 3, deny_by: '2026-11-24T22:57:05.000Z' } });
  });

  it('cannot scribble over the screen by its name, nor fill it', async () => {
    lists = [Array.from({ length: 7 }, (_, n) => gateway(`gw\u001b[2J-${n}`, { budget: 0 }))];
    const { out } = await typed();
    expect(out).toContain('at 0 of 7; the others deny by 22:57:04 UTC (gw\ufffd[2J-0, ');
    expect(out).toMatch(/-4, 2 more\)$/);
  });

  it('is not waited for where none was heard just now, and it is said so', async () => {
    lists = [[gateway('gw-1', { alive: false })]];
    expect((await typed()).out).toContain(
      'no gateway was heard in the last ten seconds; one that runs all the same denies by 22:57:34 UTC',
    );
    expect(await json()).toEqual({ ...answer, gateways: { in_force: 0, of: 0, deny_by: '2026-11-24T22:57:34.000Z' } });
    lists = [[]];
    expect((await typed()).out).toMatch(/no gateway was heard in the last ten seconds$/);
    expect(await json()).toEqual({ ...answer, gateways: { in_force: 0, of: 0 } });
  });
});

describe('what was so already', () => {
  beforeEach(() => {
    chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => ({ body: { ...answer, already: true } });
  });

  it('is looked for all the same, without a time that would say nothing', async () => {
    lists = [[having('gw-1')]];
    const { out } = await typed();
    expect(out.split('\n')).toEqual(['✓ agent ag_1 is revoked already, since 2026-11-24 22:57:03Z', '  in force at 1 of 1 gateway']);
    expect(await json()).toEqual({ ...answer, already: true, gateways: { in_force: 1, of: 1 } });
  });

  it('by an event nobody names is in force where a gateway is complete through now', async () => {
    chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => ({ body: { already: true } });
    lists = [[having('gw-1')], [gateway('gw-1', { applied_through: '2026-11-24T22:57:03.150000Z' })]];
    expect((await typed()).out.split('\n')).toEqual(['✓ agent ag_1 is revoked already', '  in force at 1 of 1 gateway']);
    expect(asked).toHaveLength(2);
  });
});

describe('the waiting', () => {
  it('shows on the terminal how far it is, once it takes a while', async () => {
    const terminal = recordingTerminal();
    gateways(({ query }) =>
      query.has('since')
        ? waitFor(() => terminal.statuses.length > 0).then(() => ({
            body: { gateways: [having('gw-1'), having('gw-2')], changes: 2, as_of: answer.at },
          }))
        : { body: { gateways: [having('gw-1'), gateway('gw-2')], changes: 1, as_of: answer.at } },
    );
    await typed('revoke agent ag_1', { terminal });
    expect(terminal.statuses[0]).toBe('████████████░░░░░░░░░░░░  50 %  1 of 2 gateways');
    expect(terminal.statuses.at(-1)).toBe('');
  });

  it('ends with Ctrl-C, and what was revoked stands: exit 0', async () => {
    const interruption = new AbortController();
    gateways(({ query }) => {
      if (!query.has('since')) return { body: { gateways: [having('gw-1'), gateway('gw-2')], changes: 1, as_of: answer.at } };
      interruption.abort();
      return new Promise(() => undefined);
    });
    const { status, out, err } = await typed('revoke agent ag_1', { signal: interruption.signal });
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n').at(-1)).toBe('  not waited for any longer, it stands: at 1 of 2; the others deny by 22:57:34 UTC');
  });

  it.each([401, 403])('is over when the list is closed to this operator (%i), who may have ended itself: exit 0', async (status) => {
    gateways(() => ({ status, body: { error: 'invalid_token' } }));
    const result = await typed();
    expect([result.status, result.out]).toEqual([0, '✓ agent ag_1 is revoked, at 2026-11-24 22:57:03Z']);
    expect(result.err).toMatch(/^chancery: it stands, but waiting for gateways is over: could not read the list of gateways: /);
    expect(await json()).toEqual(answer);
  });

  it('is over when it gets no token any more: exit 0', async () => {
    chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => {
      chancery.clients.clear();
      return { body: answer };
    };
    const { status, out, err } = await typed();
    expect([status, out]).toEqual([0, '✓ agent ag_1 is revoked, at 2026-11-24 22:57:03Z']);
    expect(err).toContain('it stands, but waiting for gateways is over');
    expect(asked).toEqual([]);
  });

  it('says how far it was when the list is closed in between', async () => {
    gateways(({ query }) =>
      query.has('since')
        ? { status: 401, body: { error: 'invalid_token' } }
        : { body: { gateways: [having('gw-1'), gateway('gw-2')], changes: 1, as_of: answer.at } },
    );
    expect(await json()).toEqual({ ...answer, gateways: { in_force: 1, of: 2, deny_by: '2026-11-24T22:57:34.000Z' } });
  });

  it('goes on while Chancery is away for a moment', async () => {
    let questions = 0;
    gateways(() =>
      (questions += 1) === 1
        ? { status: 503, body: { error: 'temporarily_unavailable' } }
        : { body: { gateways: [having('gw-1')], changes: 1, as_of: answer.at } },
    );
    const { status, out, err } = await typed();
    expect([status, err, questions]).toEqual([0, '', 2]);
    expect(out).toContain('in force at 1 of 1 gateway after 38 ms');
  });
});

it('a revocation that was refused is not waited for: exit 1', async () => {
  chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => ({ status: 404, body: { error: 'invalid_request' } });
  const { status, out } = await typed();
  expect([status, out, asked]).toEqual([1, '', []]);
});

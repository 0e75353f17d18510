import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../spec-kit/command-line.js';
import { standIn, type StandIn } from '../spec-kit/stand-in.js';

let chancery: StandIn;
beforeEach(async () => (chancery = await standIn()));
afterEach(() => chancery.close());

const typed = async (words: readonly string[], columns = 100) => {
  const result = await commandLine(words, { operatorFile: chancery.operatorFile, columns });
  expect(chancery.refused).toEqual([]);
  return result;
};
const seen = () => chancery.seen.map(({ method, path, query, body, scope }) => ({ method, path, query: query.toString(), body, scope }));

const failed = {
  id: '17',
  group: 'audit',
  topic: 'chancery.issuance',
  key: 'main/grant/gr_1',
  record_id: '0f4f3a86-8f5e-4b7e-9a52-0c1d2e3f4a5b',
  type: 'grant.token-issued',
  source: 'main/grant/gr_1',
  time: '2026-11-24T22:57:03.123456Z',
  position: '99',
  cause: 'UnreadableEvent: \u001b[2Jnewer_version',
};
const held = { ...failed, id: '18', record_id: '1f4f3a86-8f5e-4b7e-9a52-0c1d2e3f4a5b', type: 'grant.revoked', cause: 'held' };

describe('quarantine list', () => {
  it('shows what failed, with what, and what is held behind it, harmless on a screen', async () => {
    chancery.handlers['GET /admin/v1/quarantine'] = () => ({ body: { records: [failed, held] } });
    const { status, out } = await typed(['quarantine', 'list'], 130);
    expect(status).toBe(0);
    expect(out.split('\n')).toEqual([
      'ID  GROUP  KEY              TIME (UTC)            EVENT               CAUSE',
      '17  audit  main/grant/gr_1  2026-11-24 22:57:03Z  grant.token-issued  UnreadableEvent: �[2Jnewer_version',
      '18  audit  main/grant/gr_1  2026-11-24 22:57:03Z  grant.revoked       held',
    ]);
    expect(seen()).toEqual([
      { method: 'GET', path: '/admin/v1/quarantine', query: 'limit=1000', body: undefined, scope: 'chancery:audit' },
    ]);
  });

  it('never cuts what is there to be copied', async () => {
    chancery.handlers['GET /admin/v1/quarantine'] = () => ({ body: { records: [failed] } });
    expect((await typed(['quarantine', 'list'], 60)).out).toContain('17  audit  main/grant/gr_1');
  });

  it('gives programs one object a line', async () => {
    chancery.handlers['GET /admin/v1/quarantine'] = () => ({ body: { records: [failed, held] } });
    const { out } = await typed(['quarantine', 'list', '--group', 'audit', '--json']);
    expect(out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([failed, held]);
    expect(seen()[0]?.query).toBe('limit=1000&group=audit');
  });

  it.each([[[]], [['--json']]])('prints nothing for an empty one: %j', async (more) => {
    chancery.handlers['GET /admin/v1/quarantine'] = () => ({ body: { records: [] } });
    expect(await typed(['quarantine', 'list', ...more])).toEqual({ status: 0, out: '', err: '' });
  });
});

describe('quarantine retry', () => {
  const words = ['quarantine', 'retry', 'audit', 'main/grant/gr_1'];
  const answering = (body: object) => (chancery.handlers['POST /admin/v1/quarantine/retry'] = () => ({ body }));

  it('releases a key of a group, and says what became of it', async () => {
    answering({ handled: 2, waiting: 0, pending: false });
    expect(await typed(words)).toMatchObject({ status: 0, out: '✓ 2 records handled' });
    expect(seen()).toEqual([
      {
        method: 'POST',
        path: '/admin/v1/quarantine/retry',
        query: '',
        body: { group: 'audit', key: 'main/grant/gr_1' },
        scope: 'chancery:audit',
      },
    ]);
  });

  it('exits 1 when something failed again, with its cause', async () => {
    answering({ handled: 0, waiting: 1, cause: 'Error: \u001b[2Jno', pending: false });
    const { status, err } = await typed(words);
    expect([status, err]).toEqual([1, 'chancery: 1 record of main/grant/gr_1 still in quarantine: Error: �[2Jno']);
    expect((await typed([...words, '--json'])).status).toBe(1);
  });

  it('says that it goes on by itself where the consumers wait for something', async () => {
    answering({ handled: 0, waiting: 1, cause: 'held', pending: true });
    expect(await typed(words)).toMatchObject({ status: 0, out: expect.stringContaining('when that is back') as string });
  });

  it('gives programs the answer', async () => {
    answering({ handled: 1, waiting: 0, pending: false });
    expect(JSON.parse((await typed([...words, '--json'])).out)).toEqual({ handled: 1, waiting: 0, pending: false });
  });

  it('of what is not there says where to look', async () => {
    const { status, err } = await typed(words);
    expect([status, err]).toEqual([1, expect.stringContaining('npx chancery quarantine list')]);
  });
});

describe('quarantine drop', () => {
  it('gives one record up, with the reason, under a scope that reading does not include', async () => {
    chancery.handlers['POST /admin/v1/quarantine/17/drop'] = () => ({ body: { id: '17' } });
    expect(await typed(['quarantine', 'drop', '17', '--reason', 'made by a test'])).toMatchObject({
      status: 0,
      out: '✓ record 17 is given up',
    });
    expect(seen()).toEqual([
      {
        method: 'POST',
        path: '/admin/v1/quarantine/17/drop',
        query: '',
        body: { reason: 'made by a test' },
        scope: 'chancery:policy',
      },
    ]);
    expect(JSON.parse((await typed(['quarantine', 'drop', '17', '--reason', 'r', '--json'])).out)).toEqual({ id: '17' });
  });

  it('of what is not there says where to look', async () => {
    const { status, err } = await typed(['quarantine', 'drop', '99', '--reason', 'r']);
    expect([status, err]).toEqual([1, expect.stringContaining('npx chancery quarantine list')]);
  });
});

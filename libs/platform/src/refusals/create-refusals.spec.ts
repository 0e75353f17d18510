import type { BusRecord } from '@chancery/eventstore';
import { decodeEvent } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRefusals } from './create-refusals.js';
import type { Refusal } from './refusals.js';

const noon = 1_800_000_000; // the start of a minute

function records({ most = 100 } = {}) {
  const published: BusRecord[] = [];
  const state = { now: noon, away: false };
  const bus = {
    publish: async (batch: readonly BusRecord[]) => {
      await Promise.resolve();
      if (state.away) throw new Error('away');
      published.push(...batch);
    },
  };
  const refusals = createRefusals({ bus, service: 'token', now: () => state.now, every: 3_600_000, most });
  onTestFinished(() => refusals.close());
  return { refusals, published, state, events: () => published.map((record) => decodeEvent(record)) };
}

const refused = (changed: Partial<Refusal> = {}): Refusal => ({
  endpoint: '/token',
  error: new OAuthError('invalid_client', { refusal: 'secret_wrong', detail: 'private' }),
  requestId: 'rq_1',
  source: '192.0.2.1',
  ...changed,
});

describe('a refusal of somebody who authenticated', () => {
  it('is one record with who, where and why', async () => {
    const { refusals, published, events } = records();
    refusals.record(refused({ agent: 'ag_1', instance: 'k'.repeat(43), grant: 'gr_1' }));
    await refusals.flush();
    expect(events()).toEqual([
      {
        type: 'activity.refused',
        service: 'token',
        endpoint: '/token',
        requestId: 'rq_1',
        reason: 'secret_wrong',
        error: 'invalid_client',
        status: 401,
        agent: 'ag_1',
        instance: 'k'.repeat(43),
        grant: 'gr_1',
        source: '192.0.2.1',
      },
    ]);
    expect(published).toMatchObject([
      { topic: 'chancery.activity', key: 'ag_1', subject: 'ag_1', source: 'main/service/token', time: noon * 1_000_000 },
    ]);
  });

  it.each([{ agent: 'ag_1' }, { instance: 'k'.repeat(43) }, { grant: 'gr_1' }, { iat: 'it_1' }])(
    'is told from noise by %j',
    async (who) => {
      const { refusals, events } = records();
      refusals.record(refused(who));
      await refusals.flush();
      expect(events()).toMatchObject([{ type: 'activity.refused', ...who }]);
    },
  );

  it('is recorded once, however many hands the error passes through', async () => {
    const { refusals, published } = records();
    const one = refused({ agent: 'ag_1' });
    refusals.record(one);
    refusals.record({ ...one });
    await refusals.flush();
    expect(published).toHaveLength(1);
  });

  it('shows nothing private of the error', async () => {
    const { refusals, published } = records();
    const value = canarySecret('detail');
    refusals.record(
      refused({ agent: 'ag_1', error: new OAuthError('invalid_client', { refusal: 'x', detail: value, cause: new Error(value) }) }),
    );
    await refusals.flush();
    expectNoSecret(JSON.stringify(published.map(({ data }) => Buffer.from(data).toString())), { value }, 'the record');
  });
});

describe('refusals that nobody vouches for', () => {
  it('are one record per source, endpoint, reason and minute, written when the minute is over', async () => {
    const { refusals, state, published, events } = records();
    for (let at = 0; at < 5; at++) refusals.record(refused());
    refusals.record(refused({ source: '192.0.2.2' }));
    refusals.record(refused({ endpoint: '/revoke' }));
    refusals.record(refused({ error: new OAuthError('invalid_client', { refusal: 'agent_unknown' }) }));
    await refusals.flush();
    expect(published).toEqual([]);

    state.now = noon + 60;
    refusals.record(refused());
    await refusals.flush();
    const common = { type: 'activity.refusals-counted', service: 'token', error: 'invalid_client', minute: noon };
    expect(events()).toEqual([
      { ...common, endpoint: '/token', source: '192.0.2.1', reason: 'secret_wrong', count: 5 },
      { ...common, endpoint: '/token', source: '192.0.2.2', reason: 'secret_wrong', count: 1 },
      { ...common, endpoint: '/revoke', source: '192.0.2.1', reason: 'secret_wrong', count: 1 },
      { ...common, endpoint: '/token', source: '192.0.2.1', reason: 'agent_unknown', count: 1 },
    ]);
  });

  it('are all written at the end, the running minute too', async () => {
    const { refusals, events } = records();
    refusals.record(refused());
    await refusals.close();
    expect(events()).toMatchObject([{ count: 1, minute: noon }]);
  });

  it('fill no memory: past the bound, newcomers are counted together and those known go on', async () => {
    const { refusals, events } = records({ most: 3 });
    for (let at = 0; at < 1_000; at++) refusals.record(refused({ source: `192.0.2.${at}` }));
    refusals.record(refused({ source: '192.0.2.0' }));
    await refusals.close();
    const counted = events() as { source: string; count: number }[];
    expect(counted.map(({ source, count }) => [source, count])).toEqual([
      ['192.0.2.0', 2],
      ['192.0.2.1', 1],
      ['192.0.2.2', 1],
      ['other', 997],
    ]);
  });
});

describe('while the bus is away', () => {
  it('records wait, in order, and are the same records when they are sent', async () => {
    const { refusals, state, published, events } = records();
    state.away = true;
    for (const requestId of ['rq_1', 'rq_2']) refusals.record(refused({ agent: 'ag_1', requestId }));
    await refusals.flush();
    expect(published).toEqual([]);
    state.away = false;
    await Promise.all([refusals.flush(), refusals.flush()]);
    expect(events()).toMatchObject([{ requestId: 'rq_1' }, { requestId: 'rq_2' }]);
  });

  it('no more wait than fit, and how many refusals were lost is itself recorded', async () => {
    const { refusals, state, events } = records({ most: 1 });
    state.away = true;
    for (let at = 0; at < 10; at++) refusals.record(refused());
    for (let at = 0; at < 10; at++) refusals.record(refused({ agent: 'ag_1', requestId: `rq_${at}` }));
    state.now = noon + 60;
    await refusals.flush();
    state.away = false;
    await refusals.flush();
    expect(events()).toMatchObject([
      { requestId: 'rq_0' },
      { requestId: 'rq_1' },
      { type: 'activity.refusals-counted', source: 'other', reason: 'records_dropped', count: 18 },
    ]);
  });
});

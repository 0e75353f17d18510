import { freshDatabase, waitFor } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SpecStore, specStore } from '../reader/spec-store.js';
import type { ReaderStopped } from '../reader/stored-event.js';
import { hashOf } from './hash-of.js';
import type { Projection } from './projection.js';
import { rebuild } from './rebuild.js';
import { runProjection, type RunningProjection, type RunProjectionOptions } from './run-projection.js';

let store: SpecStore;
let dataSource: DataSource;
const running: RunningProjection[] = [];

/** How often each agent was resumed, and by which event last. */
const resumes: Projection = {
  name: 'resumes',
  tables: ['spec.resumes'],
  categories: ['agent'],
  async apply(events, manager) {
    for (const { stream, revision } of events) {
      await manager.query(
        'insert into spec.resumes as r (stream, times, last) values ($1, 1, $2) on conflict (stream) do update set times = r.times + 1, last = excluded.last',
        [stream, revision],
      );
    }
  },
};

beforeEach(async () => {
  store = await specStore(await freshDatabase());
  await store.client.query(
    'create schema spec; create table spec.resumes (stream text primary key, times integer not null, last integer not null)',
  );
  dataSource = await new DataSource({ type: 'postgres', url: store.url, applicationName: 'projection spec' }).initialize();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((projection) => projection.stop()));
  await dataSource.destroy();
  await store.close();
});

function run(projection: Projection = resumes, options: Partial<RunProjectionOptions> = {}): RunningProjection {
  const one = runProjection(projection, { dataSource, url: store.url, pollEvery: 20, ...options });
  running.push(one);
  return one;
}
const rows = async () => (await store.client.query('select stream, times, last from spec.resumes order by stream')).rows as unknown[];
const lastPosition = async () => {
  const { rows: found } = await store.client.query<{ position: string }>('select max(position) as position from es.event');
  return BigInt(found[0]?.position ?? 0);
};

describe('a projection', () => {
  it('can be read back by who wrote, also in a process that does not run it', async () => {
    const [leader, other] = [run(), run()];
    await store.resume('a1', 0, 3);
    const mark = await lastPosition();
    expect(await Promise.all([leader.waitFor(mark), other.waitFor(mark)])).toEqual([true, true]);
    expect(await rows()).toEqual([{ stream: 'main/agent/a1', times: 3, last: 3 }]);
    await expect(leader.waitFor(mark + 1n)).rejects.toThrow(RangeError);
  });

  it('says so when it is not there in time', async () => {
    const idle = run(resumes, { url: store.url.replace(/:\d+\//, ':1/') });
    await store.resume('a1');
    expect(await idle.waitFor(await lastPosition(), 30)).toBe(false);
  });

  it('keeps rows and checkpoint together when a step fails halfway, and applies each event once in the end', async () => {
    let failures = 2;
    await store.resume('a1', 0, 4);
    const projection = run({
      ...resumes,
      async apply(events, manager) {
        await resumes.apply(events, manager);
        if (failures-- > 0) throw new Error('after the rows');
      },
    });
    expect(await projection.waitFor(await lastPosition())).toBe(true);
    expect(await rows()).toEqual([{ stream: 'main/agent/a1', times: 4, last: 4 }]);
  });

  it('applies each event once when its runner loses its connections again and again', async () => {
    const projection = run();
    for (let n = 0; n < 5; n++) {
      await store.resume('a1', n * 20, 20);
      await store.endSessions(n % 2 === 0 ? 'projection spec' : 'chancery leader projection/resumes');
    }
    const mark = await lastPosition();
    await waitFor(() => projection.waitFor(mark));
    expect(await rows()).toEqual([{ stream: 'main/agent/a1', times: 100, last: 100 }]);
  });

  it('applies each event once when two runners believe they lead', async () => {
    await store.resume('a1', 0, 250);
    await store.resume('a1', 250, 250);
    // Under two names' locks, on one checkpoint: what a leader that does not know it lost the lead would do.
    await Promise.all([rebuild(resumes, dataSource), rebuild(resumes, dataSource)]);
    expect(await rows()).toEqual([{ stream: 'main/agent/a1', times: 500, last: 500 }]);
  });

  it('has, rebuilt, the hash it had live', async () => {
    const projection = run();
    for (const agent of ['b', 'a', 'c']) await store.resume(agent, 0, 5);
    await projection.waitFor(await lastPosition());
    const live = await hashOf(dataSource, resumes.tables);
    await store.client.query(`update spec.resumes set times = 99 where stream like '%/a'`);
    expect(await hashOf(dataSource, resumes.tables)).not.toBe(live);
    await rebuild(resumes, dataSource);
    expect(await hashOf(dataSource, resumes.tables)).toBe(live);
    await store.resume('d');
    await projection.waitFor(await lastPosition());
    expect(await rows()).toHaveLength(4);
  });

  it('stops before an event it cannot read, with the rows of all before it', async () => {
    const stops: ReaderStopped[] = [];
    await store.resume('a1');
    await store.plant({ stream: 'main/agent/a2', type: 'agent.unheard-of' });
    await store.resume('a3');
    run(resumes, { onStopped: (error) => void stops.push(error) });
    const stop = await waitFor(() => stops[0]);
    expect(stop.message).toContain('main/agent/a2');
    expect(await rows()).toEqual([{ stream: 'main/agent/a1', times: 1, last: 1 }]);
    await expect(rebuild(resumes, dataSource)).rejects.toThrow('main/agent/a2');
  });

  it('passes over events it does not want without reading their data', async () => {
    await store.plant({ stream: 'main/config/main', type: 'config.unheard-of' });
    await store.resume('a1');
    const projection = run();
    expect(await projection.waitFor(await lastPosition())).toBe(true);
    expect(await rows()).toHaveLength(1);
  });

  it('refuses a table that is not named as one', async () => {
    await expect(hashOf(dataSource, ['spec.resumes; drop schema es'])).rejects.toThrow(TypeError);
  });
});

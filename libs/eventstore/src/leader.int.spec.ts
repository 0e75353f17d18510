import { freshDatabase, startTcpProxy, waitFor } from '@chancery/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Leadership, standForLeader, type Standing } from './leader.js';
import { type SpecStore, specStore } from './reader/spec-store.js';

let store: SpecStore;
const standings: Standing[] = [];

beforeAll(async () => {
  store = await specStore(await freshDatabase());
});
afterEach(() => Promise.all(standings.splice(0).map((standing) => standing.resign())));
afterAll(() => store.close());

function stand(name: string, url = store.url) {
  const terms: Leadership[] = [];
  let lost = 0;
  const standing = standForLeader({
    url,
    name,
    retryEvery: 20,
    onLead: (leadership) => void terms.push(leadership),
    onLose: () => (lost += 1),
  });
  standings.push(standing);
  return { standing, terms, lost: () => lost };
}

describe('the leader', () => {
  it('is one of all that stand under a name', async () => {
    const first = stand('one');
    await waitFor(() => first.standing.leading());
    const second = stand('one');
    const elsewhere = stand('another');
    await waitFor(() => elsewhere.standing.leading());
    expect(second.standing.leading()).toBeUndefined();
  });

  it('hands over when it resigns, under a higher generation', async () => {
    const first = stand('handover');
    const before = await waitFor(() => first.standing.leading());
    const second = stand('handover');
    await first.standing.resign();
    const after = await waitFor(() => second.standing.leading());
    expect(after.generation).toBeGreaterThan(before.generation);
    expect([before.signal.aborted, first.lost(), after.signal.aborted]).toEqual([true, 1, false]);
  });

  it('knows at once that it lost its connection, and may lead again later', async () => {
    const leader = stand('lost');
    const before = await waitFor(() => leader.standing.leading());
    await store.endSessions('chancery leader lost');
    await waitFor(() => before.signal.aborted);
    const after = await waitFor(() => leader.standing.leading());
    expect([leader.lost(), after.generation > before.generation]).toEqual([1, true]);
  });

  it('gives up when its connection hangs', async () => {
    const server = new URL(store.url);
    const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
    server.port = String(proxy.port);
    const leader = stand('hung', server.href);
    const leadership = await waitFor(() => leader.standing.leading());
    proxy.delay(3_600_000);
    await waitFor(() => leadership.signal.aborted, { timeout: 15_000 });
    await leader.standing.resign();
    await proxy.close();
  });
});

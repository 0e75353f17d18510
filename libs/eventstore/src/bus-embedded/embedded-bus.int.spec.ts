import { freshDatabase, startTcpProxy, type TcpProxy } from '@chancery/testing';
import { afterAll, beforeAll } from 'vitest';
import { describeBus } from '../bus-contract/describe-bus.js';
import { migrate } from '../postgres/migrate.js';
import { openEmbeddedBus } from './open-embedded-bus.js';

let database: URL;
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  database = new URL(await freshDatabase());
  await migrate({ url: database.href });
});
afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));

describeBus('embedded', async ({ retries, sleep }) => {
  const proxy = await startTcpProxy({ host: database.hostname, port: Number(database.port) });
  proxies.push(proxy);
  const url = new URL(database);
  url.port = String(proxy.port);
  return { bus: openEmbeddedBus({ url: url.href, retries, sleep, pollEvery: 20 }), cutOff: () => proxy.refuse() };
});

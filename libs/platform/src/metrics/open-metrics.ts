import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import { ConfigError } from '../config/config.js';
import { metrics } from './metrics.js';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

let collecting = false;

/** Serves `/metrics` on a port of its own, so that it can be kept from the public. Port 0: any. */
export async function openMetrics({ host, port }: { host: string; port: number }): Promise<MetricsServer> {
  // Process, garbage collection and event-loop delay; the library cannot be asked twice.
  if (!collecting) collectDefaultMetrics({ register: metrics.registry });
  collecting = true;
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') return void response.writeHead(404).end();
    void metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new ConfigError('CHANCERY_METRICS_PORT', `port ${port} cannot be listened on`, { cause })));
    server.listen(port, host, resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

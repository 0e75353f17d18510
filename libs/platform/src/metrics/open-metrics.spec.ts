import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { metrics } from './metrics.js';
import { openMetrics } from './open-metrics.js';

describe('the metrics port', () => {
  it('shows what was counted, and the delay of the event loop', async () => {
    const server = await openMetrics({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    metrics.refusals.inc({ service: 'token', reason: 'secret_wrong' });
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('chancery_refusals_total{service="token",reason="secret_wrong"} 1');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('has nothing else', async () => {
    const server = await openMetrics({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('that is taken stops the start, naming the setting', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    await expect(openMetrics({ host: '127.0.0.1', port })).rejects.toThrow(/^CHANCERY_METRICS_PORT: /);
  });
});

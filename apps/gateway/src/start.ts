import { join } from 'node:path';
import { byWhomSigned, Gateway, GatewayModule } from '@chancery/gateway';
import { createHealth, createRefusals, createService, openDoor, openMetrics, type Starting, until } from '@chancery/platform';
import { checkOwnTopics, checkStatedIssuer, type GatewayConfig, openServiceBus, type Serving } from '@chancery/platform/composed';
import { connect } from './connect.js';

/** The gateway, in a process of its own: the public door, and the enforcement point behind it. */
export async function start(starting: Starting<GatewayConfig>): Promise<Serving> {
  const { config, log, opened, signal } = starting;
  const { name, host, port, issuer, budgets, secrets, dataDir, spoolBytes } = config;
  await checkOwnTopics(config, log);
  const pinned = secrets.pinnedKeys();
  const revocationKeys = (kid: string) => pinned.get(kid);
  const bus = opened.keep('bus', openServiceBus({ config, log, giveUpAfter: 1_000, verify: byWhomSigned(revocationKeys) }), (each) =>
    each.close(),
  );
  const clock: { now(): number } = { now: () => NaN };
  const { services, toToken, metadata } = connect(config, () => clock.now());
  // The door is the gateway's outer side: what either refuses is written down as the gateway's.
  const refusals = opened.keep('refusals', createRefusals({ bus, service: 'gateway', now: () => clock.now(), log }), (each) =>
    each.close(),
  );
  const spool = { folder: join(dataDir, 'spool'), maxBytes: spoolBytes };
  const module = GatewayModule.with({ name, issuer, budgets, bus, spool, ...toToken, revocationKeys, services, refusals, log });
  const service = opened.keep('service', await createService({ name: 'gateway', log, refusals, module }), (each) => each.close());
  const gateway = service.app.get(Gateway);
  clock.now = () => gateway.now();
  const metrics = opened.keep('metrics', await openMetrics({ host, port: config.metricsPort }), (each) => each.close());
  const health = createHealth([{ name: 'gateway', ready: () => gateway.ready() }]);
  // Nobody is let in before everything has what it decides by.
  await until(() => health.notReady(), signal);
  await checkStatedIssuer(metadata, issuer, signal);
  const targets = { ...services, gateway: service };
  const door = opened.keep('door', await openDoor({ host, port, issuer, targets, health, log, refusals }), (each) => each.close());
  return { url: door.url, metrics: metrics.port };
}

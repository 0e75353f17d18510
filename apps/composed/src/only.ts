import { ConfigError, type ServiceName, serviceNames, type Starting } from '@chancery/platform';
import type { ComposedConfig } from '@chancery/platform/composed';
import { startBroker } from './broker.js';
import type { Child } from './child.js';
import { readPlan } from './plan.js';
import { isReady, startService } from './services.js';
import { tell } from './tell.js';
import { whenAborted } from './when-aborted.js';

export type Only = ServiceName | 'kafka';

export const onlyNames: readonly Only[] = [...serviceNames, 'kafka'];

/** Starts one by itself, beside the others of the composed start that goes on elsewhere, or has left its data here. @returns the rest of its ready line */
export async function startOnly(only: Only, { config, notice, opened, signal }: Starting<ComposedConfig>): Promise<string> {
  const plan = readPlan(config.dataDir);
  if (!plan) throw new ConfigError('CHANCERY_DATA', 'nothing was composed in this folder yet: start with npm run composed');
  if (only === 'kafka') {
    const broker = opened.keep('Kafka', await startBroker(config.dataDir, plan.kafka, notice), (each) => each.stop());
    return JSON.stringify({ kafka: broker.brokers, pid: broker.pid });
  }
  const child = opened.keep(only, startService(only, plan, tell), (each) => each.stop());
  const serving = JSON.parse(await Promise.race([isReady(child), whenAborted(signal)])) as Record<string, unknown>;
  void leaveWith(child, signal, notice);
  return JSON.stringify({ ...serving, pid: child.pid });
}

/** There is nothing left to do for this process when the one it started has ended. */
async function leaveWith({ name, ended }: Child, signal: AbortSignal, notice: (text: string) => void): Promise<void> {
  const how = await ended;
  if (signal.aborted) return;
  notice(`${name} ended (${how})`);
  process.kill(process.pid, 'SIGTERM');
}

import { serviceNames, type ServiceName } from '@chancery/platform';
import { type Child, spawnChild } from './child.js';
import type { Plan } from './plan.js';

export type Tell = (name: string, line: string) => void;

export const startService = (name: ServiceName, { variables }: Plan, tell: Tell): Child =>
  spawnChild({ name, script: `${name}/dist/main.js`, variables: variables[name], tell });

/** Begins all five. */
export const startServices = (plan: Plan, tell: Tell): Readonly<Record<ServiceName, Child>> =>
  Object.fromEntries(serviceNames.map((name) => [name, startService(name, plan, tell)])) as Record<ServiceName, Child>;

/** Resolves when it says that it may get traffic. */
export const isReady = (child: Child): Promise<string> => child.line(`chancery ${child.name} ready `);

/** From the outside in: nothing is taken any more, what was taken is done, and what was done is written down. */
const stopping: readonly (readonly ServiceName[])[] = [['gateway'], ['registration', 'exchange', 'token'], ['audit']];

export async function stopServices(children: Readonly<Record<ServiceName, Child>>): Promise<void> {
  for (const names of stopping) await Promise.all(names.map((name) => children[name].stop()));
}

import type { World } from '../drill.js';
import type { Site } from './site.js';

/** Two of everything that records, behind two gateways that deal their requests to both. */
export interface Doubled {
  /** The door of each gateway. */
  readonly doors: readonly [string, string];
}

const recording = ['registration', 'token', 'exchange'] as const;

export async function doubled(world: World, { stack }: Site): Promise<Doubled> {
  const settings: Record<string, string> = {};
  for (const service of recording) {
    const { url } = await stack.replica(service, `${service}-2`);
    const name = `CHANCERY_${service.toUpperCase()}_URL`;
    settings[name] = `${stack.variables('gateway')[name]},${url}`;
  }
  const [one, other] = [await stack.replica('gateway', 'gw-a', { settings }), await stack.replica('gateway', 'gw-b', { settings })];
  world.say(`two replicas of ${recording.join(', ')}, behind ${one.url} and ${other.url}`);
  return { doors: [one.url, other.url] };
}

import { join } from 'node:path';
import { createTopics, loadTopology } from '@chancery/eventstore/kafka';
import { builtScript, startContestant } from './contestant.js';
import type { World } from './world.js';

const script = builtScript('../../scripts/kafka-broker.mjs');

/** A real broker with the topics of development. Undefined, and said so, where this machine can run none. */
export async function startBroker(world: World): Promise<readonly string[] | undefined> {
  const { cores, folder, progress } = world;
  try {
    const broker = await startContestant({
      name: 'kafka',
      script,
      args: ['--data', join(folder, 'kafka')],
      core: cores.database,
      ready: /^kafka ready (\{.*\})$/m,
      folder,
    });
    world.keep(broker);
    const { kafka } = JSON.parse(broker.ready[1] ?? '') as { kafka: string };
    const brokers = kafka.split(',');
    await createTopics({ brokers, clientId: 'bench' }, loadTopology('development'));
    return brokers;
  } catch (error) {
    if (!String(error).includes('no Kafka broker')) throw error;
    progress(`not over Kafka: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

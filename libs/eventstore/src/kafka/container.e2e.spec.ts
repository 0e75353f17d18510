import { randomUUID } from 'node:crypto';
import { startContainerKafka } from '@chancery/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { checkTopics, createTopics } from './topics.js';
import { loadTopology } from './topology.js';

const kafka = await startContainerKafka();

describe.skipIf(kafka.missing)(`a broker in a container${kafka.note}`, () => {
  afterAll(() => kafka.stop());

  it('takes the declared topics', async () => {
    const connection = { brokers: kafka.brokers, clientId: 'spec', prefix: `${randomUUID()}.` };
    await createTopics(connection, loadTopology('development'));
    await expect(checkTopics(connection, loadTopology('development'))).resolves.toBeUndefined();
  });
});

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { encodeEvent, topics } from '@chancery/events';
import { startKafka, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus, BusRecord } from '../bus.js';
import { checkTopics, createTopics } from './topics.js';
import type { KafkaConnection } from './connection.js';
import { openKafkaBus } from './open-kafka-bus.js';
import { loadTopology } from './topology.js';

// The broker of a spec speaks no TLS itself; what ends TLS in front of it stands for one that does. Its key is for specs alone.
const pem = (name: string): string => readFileSync(new URL(`spec-kit/tls/${name}.pem`, import.meta.url), 'utf8');
const certificate = pem('certificate');
const kafka = await startKafka({ own: true });

describe.skipIf(kafka.missing)(`a cluster behind TLS${kafka.note}`, () => {
  const [host = '', port = ''] = (kafka.brokers[0] ?? '').split(':');
  const asked: boolean[] = [];
  const front = createServer({ key: pem('private-key'), cert: certificate }, (client) => {
    asked.push(client.encrypted);
    const server = connect(Number(port), host);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => [client, server].forEach((each) => each.destroy()));
  });
  // A client that does not trust the certificate ends the handshake.
  front.on('tlsClientError', () => undefined);
  const buses: Bus[] = [];
  let connection: KafkaConnection;
  const plain = (): KafkaConnection => ({ brokers: kafka.brokers, clientId: 'spec', prefix: connection.prefix ?? '' });

  beforeAll(async () => {
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const behind = { host: '127.0.0.1', port: (front.address() as AddressInfo).port };
    connection = {
      brokers: [`${behind.host}:${behind.port}`],
      clientId: 'spec',
      prefix: `${randomUUID()}.`,
      ssl: { ca: certificate },
      reach: () => behind,
    };
    await createTopics(plain(), loadTopology('development'));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    front.close();
    await kafka.stop();
  });

  const record = (): BusRecord => {
    const refused = { service: 'token', endpoint: '/token', reason: 'a_reason', error: 'invalid_client', status: 401 } as const;
    const { type, version, data } = encodeEvent({ type: 'activity.refused', ...refused, requestId: 'rq_1' });
    return { topic: topics.activity, key: 'k', id: randomUUID(), source: 'main/token/1', type, version, subject: 'k', time: 1, data };
  };
  const open = (of: KafkaConnection, giveUpAfter = Infinity): Bus => {
    const bus = openKafkaBus({ ...of, issuer: 'https://id.example', giveUpAfter });
    buses.push(bus);
    return bus;
  };

  it('is written and read through it by who trusts its certificate', async () => {
    const bus = open(connection);
    const sent = record();
    await bus.publish([sent]);
    const heard: string[] = [];
    await bus.subscribe({
      group: 'g',
      topics: [topics.activity],
      handle: async (records) => void heard.push(...records.map(({ id }) => id)),
    });
    await waitFor(() => heard.includes(sent.id), { timeout: 30_000 });
    await checkTopics(connection, loadTopology('development'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(Boolean)).toBe(true);
  }, 60_000);

  it('is not spoken to by who does not: nothing is written', async () => {
    const before = asked.length;
    const bus = open({ ...connection, ssl: {} }, 2_000);
    await expect(bus.publish([record()])).rejects.toThrow('did not take the records in time');
    expect(asked.length).toBe(before);
  }, 60_000);

  it('is not spoken to in the clear', async () => {
    const { ssl: _, ...clear } = connection;
    await expect(open(clear, 2_000).publish([record()])).rejects.toThrow('did not take the records in time');
  }, 60_000);
});

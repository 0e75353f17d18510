import { asSent } from '@chancery/testing';
import { randomUUID } from 'node:crypto';
import type { Topic } from '@chancery/events';
import type { BusRecord } from '@chancery/eventstore';
import type { KafkaMessage, Message } from 'kafkajs';

type Poison = (genuine: KafkaMessage, key: string) => Message;

const headersOf = (message: KafkaMessage) => asSent(message).headers ?? {};

/** Records that no consumer may take for real, each made of a genuine one and laid under a key of the drill's choice. */
export const forgeries: Readonly<Record<string, Poison>> = {
  'other data under a genuine MAC': (genuine, key) => {
    const data = JSON.parse(String(genuine.value)) as Record<string, unknown>;
    return { ...asSent(genuine), key, value: JSON.stringify({ ...data, scope: ['demo:write'] }) };
  },
  'a genuine record under another key': (genuine, key) => ({
    ...asSent(genuine),
    key,
    headers: { ...headersOf(genuine), ce_partitionkey: key },
  }),
  'a MAC of nobody': (genuine, key) => ({
    ...asSent(genuine),
    key,
    headers: { ...headersOf(genuine), ce_id: randomUUID(), ce_partitionkey: key, ce_mac: 'A'.repeat(43) },
  }),
  'no MAC': (genuine, key) => {
    const { ce_mac: _, ce_mackid: __, ...headers } = headersOf(genuine);
    return { ...asSent(genuine), key, headers: { ...headers, ce_id: randomUUID(), ce_partitionkey: key } };
  },
  'no CloudEvent': (_, key) => ({ key, value: Buffer.from([0xff, 0xfe, 0x00, 0x7b]) }),
  'JSON that is too deep': (_, key) => ({ key, value: '['.repeat(50_000), headers: { 'content-type': 'application/json' } }),
};

/** Of a release that is newer than this one: everything about it is genuine. */
export const fromTheFuture = (topic: Topic, key: string): BusRecord => ({
  topic,
  key,
  id: randomUUID(),
  source: key,
  type: 'grant.token-issued',
  version: 99,
  subject: key,
  time: Date.now() * 1_000,
  sequence: 1,
  data: Buffer.from('{}'),
});

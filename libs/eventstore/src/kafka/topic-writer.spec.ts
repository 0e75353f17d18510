import type { Kafka, Message } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from './cloud-event.js';
import { TopicWriter, type TopicWriterOptions } from './topic-writer.js';

const record = (position: string): KafkaRecord => ({ key: 'k', value: Buffer.from(position), headers: { position } });

/** A cluster that keeps what it is sent, and whose first answer is lost: what no broker does on request. */
function losingTheFirstAnswer() {
  const kept: string[] = [];
  let answers = 0;
  const producer = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    send({ messages }: { messages: Message[] }) {
      kept.push(...messages.map(({ value }) => String(value)));
      answers += 1;
      return answers === 1 ? Promise.reject(new Error('the answer was lost')) : Promise.resolve([]);
    },
  };
  const kafka = { producer: () => producer } as unknown as Kafka;
  const write = (missing?: TopicWriterOptions['missing']) =>
    new TopicWriter({ kafka, topic: 't', partitions: () => Promise.resolve(1), ...(missing && { missing }) }).write([
      record('1'),
      record('2'),
    ]);
  return { kept, write };
}

describe('a write whose answer was lost', () => {
  it('is repeated whole: who reads drops what it has seen', async () => {
    const { kept, write } = losingTheFirstAnswer();
    await write();
    expect(kept).toEqual(['1', '2', '1', '2']);
  });

  it('is repeated only where it is missing, for who can look', async () => {
    const { kept, write } = losingTheFirstAnswer();
    await write((records) => Promise.resolve(records.filter(({ value }) => !kept.includes(String(value)))));
    expect(kept).toEqual(['1', '2']);
  });
});

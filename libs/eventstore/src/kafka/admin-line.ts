import type { Admin, Kafka } from 'kafkajs';
import { type KafkaConnection, openKafka } from './connection.js';

/** One connection for questions about topics and groups, opened when first asked and anew after a failure. */
export class AdminLine {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const line = (this.#admin ??= this.#open());
    try {
      return await question(await line);
    } catch (error) {
      if (this.#admin === line) this.#admin = undefined;
      void line.then((admin) => admin.disconnect()).catch(() => undefined);
      throw error;
    }
  }

  /** The offset behind the newest record of each partition that has any, by partition. */
  async ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const partitions = await this.ask((admin) => admin.fetchTopicOffsets(topic));
    return new Map(partitions.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]));
  }

  /** The group's committed offset of each partition where there is one. */
  async committed(groupId: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    const [one] = await this.ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
    const partitions = one?.partitions ?? [];
    return new Map(partitions.filter(({ offset }) => offset !== '-1').map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async partitions(topic: string): Promise<number> {
    const { topics } = await this.ask((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    const count = topics[0]?.partitions.length ?? 0;
    if (count === 0) throw new Error(`topic ${topic} has no partitions`);
    return count;
  }

  async close(): Promise<void> {
    const line = this.#admin;
    this.#admin = undefined;
    await line?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  async #open(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}

/** For a question or two. */
export async function withAdmin<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const line = new AdminLine(openKafka(connection));
  try {
    return await line.ask(work);
  } finally {
    await line.close();
  }
}

import { asSent, clusterAt } from '@chancery/testing';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openKafkaBus } from '@chancery/eventstore/kafka';
import { encodeEvent, topics } from '@chancery/events';
import { openSecrets } from '@chancery/platform/composed';
import type { Composed } from './composed.js';

/** An issuance that was recorded, said again about another stream: everything in it is right but the MAC. @returns its key */
export async function plantWithWrongMac({ kafka, issuer }: Composed): Promise<string> {
  const cluster = clusterAt(kafka);
  const [first] = await cluster.contentsOf(topics.issuance);
  if (!first) throw new Error('nothing was issued yet');
  const key = `main/grant/gr_${randomUUID()}`;
  const { value, headers } = asSent(first);
  const said = { ...headers, ce_id: randomUUID(), ce_partitionkey: key, ce_source: `${issuer}/streams/${key}` };
  await cluster.plant(topics.issuance, { key, value, headers: said });
  return key;
}

/** A record by whom it should be, as a later release would write it. @returns its key */
export async function plantNewer({ kafka, issuer, data }: Composed): Promise<string> {
  const { macKeys } = openSecrets(join(data, 'services', 'token'));
  const bus = openKafkaBus({ brokers: kafka.split(','), clientId: 'relay', issuer, macKeys: macKeys() });
  const grantId = `gr_${randomUUID()}`;
  const { type, data: bytes } = encodeEvent({ type: 'grant.revoked', grantId, cause: 'operator', by: 'op_1' });
  const key = `main/grant/${grantId}`;
  const record = { topic: topics.issuance, key, id: randomUUID(), source: key, type, version: 99, subject: grantId, data: bytes };
  try {
    await bus.publish([{ ...record, time: Date.now() * 1_000, sequence: 1 }]);
  } finally {
    await bus.close();
  }
  return key;
}

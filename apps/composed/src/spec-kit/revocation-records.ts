import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type RecordKey, entryKey, heartbeatKey, signBeat, type SignedRecord, signEntry } from '@chancery/oauth';
import type { Message } from 'kafkajs';

/** Entries and heartbeats as they travel over Kafka, made by whoever has a key. */
export interface RevocationRecords {
  /** The end of a grant at that time (microseconds). */
  entry(grant: string, position: bigint, at: number): Message;
  /** A heartbeat that says: nothing is revoked, and that holds far into the future. */
  allClear(): Message;
}

export function recordsBy(key: RecordKey, issuer: string): RevocationRecords {
  const messageOf = (record: SignedRecord, partitionkey: string, subject: string): Message => ({
    key: partitionkey,
    value: record.data,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_source: `${issuer}/streams/main/revocations`,
      ce_type: `chancery.${record.type}.v1`,
      ce_time: new Date().toISOString(),
      ce_subject: subject,
      ce_dataschema: `${issuer}/schemas/${record.type}/v1`,
      ce_partitionkey: partitionkey,
      ce_tenant: 'main',
      ce_sig: record.sig,
      ce_sigkid: record.sigkid,
    },
  });
  return {
    entry(grant, position, at) {
      const entry = { kind: 'grant', id: grant, t: 'for-ever', position, at } as const;
      return messageOf(signEntry(entry, key), entryKey(entry), grant);
    },
    allClear() {
      const through = (Date.now() + 86_400_000) * 1_000;
      const beat = { through, entries: 0, digest: '0'.repeat(64), position: 0n, counter: through, at: through };
      return messageOf(signBeat(beat, key), heartbeatKey, 'heartbeat');
    },
  };
}

/** A key of somebody else, who says it is the one with that id. */
export const strangersKey = (kid: string): RecordKey => ({ kid, privateKey: generateKeyPairSync('ed25519').privateKey });

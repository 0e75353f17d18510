import { createHash, hkdfSync } from 'node:crypto';
import { type Secret, type ServiceName, serviceNames } from '@chancery/platform';

/** Who writes which topic: everybody says what it does itself, and what comes from the store the relay says, which runs in the token service. */
const writersOf = {
  'chancery.activity': serviceNames,
  'chancery.quarantine': serviceNames,
  'chancery.registry': ['relay'],
  'chancery.issuance': ['relay'],
} as const;

type Topic = keyof typeof writersOf;
type Writer = ServiceName | 'relay';

/** A key for the HMACs of one writer's records on one topic. */
export interface WriterKey {
  readonly kid: string;
  readonly key: string;
  readonly writer: Writer;
}

/**
 * The keys of `mac-keys.json` (ADR 0018): a service's own, and for audit, which reads everything, those of all others behind its own. From the master key,
 * the same at every run.
 */
export function macKeysOf(service: ServiceName, masterKey: Secret): Partial<Record<Topic, readonly WriterKey[]>> {
  const mine = (writer: Writer): boolean => writer === service || (service === 'token' && writer === 'relay');
  const entries = Object.entries(writersOf).flatMap(([topic, writers]: [string, readonly Writer[]]) => {
    const others = service === 'audit' ? writers.filter((writer) => !mine(writer)) : [];
    const known = [...writers.filter(mine), ...others];
    return known.length === 0 ? [] : [[topic, known.map((writer) => writerKey(masterKey, topic, writer))]];
  });
  return Object.fromEntries(entries) as Partial<Record<Topic, readonly WriterKey[]>>;
}

function writerKey(masterKey: Secret, topic: string, writer: Writer): WriterKey {
  const key = Buffer.from(hkdfSync('sha256', masterKey.reveal(), new Uint8Array(), `chancery record MAC ${topic} ${writer}`, 32));
  // Named by what it is, so that a key under another master key is an unknown one and not a wrong one.
  return { kid: createHash('sha256').update(key).digest('base64url').slice(0, 11), key: key.toString('base64url'), writer };
}

import { type KeyObject, sign, verify } from 'node:crypto';
import { decodeBase64url } from '../jose/base64url.js';
import { type OpenedRecord, parseRecordData, type RecordRefusal, type SignedBeat, type SignedEntry } from './record-data.js';

/** The topic a record is signed for; it stands in the signature, so that a record of another topic is none of this one. */
export const revocationsTopic = 'chancery.revocations';

export type RevocationRecordType = 'revocation.entered' | 'revocation.heartbeat';

/** A record of the revocation fan-out as it travels: on the bus `sig` and `sigkid` are extensions, at the feed members beside the data. */
export interface SignedRecord {
  readonly type: RevocationRecordType;
  /** JSON; the signature is over these very characters, as UTF-8. */
  readonly data: string;
  /** Ed25519, base64url. */
  readonly sig: string;
  readonly sigkid: string;
}

export interface RecordKey {
  readonly kid: string;
  /** An Ed25519 key of purpose `revocation`. */
  readonly privateKey: KeyObject;
}

/** What identifies an entry on the compacted topic. Ids hold no slash. */
export const entryKey = (entry: { kind: string; id: string }): string => `${entry.kind}/${entry.id}`;

/** The key of heartbeats on the compacted topic: the newest one stays. */
export const heartbeatKey = 'heartbeat';

/** Signs one entry of the revocation set (EVT `ce_sig`). Its position is its counter. @throws TypeError for a key that is not Ed25519 */
export function signEntry(entry: Omit<SignedEntry, 'tenant'> & { tenant?: string }, key: RecordKey): SignedRecord {
  const { kind, id, t, position, at, tenant = 'main' } = entry;
  return signed('revocation.entered', { tenant, kind, id, t, position: String(position), at }, key);
}

/**
 * Signs a heartbeat. `counter` grows with every beat of the fan-out, over changes of its leader too, so that a replayed one is told from a repeated one.
 * @throws TypeError for a key that is not Ed25519
 */
export function signBeat(beat: Omit<SignedBeat, 'tenant'> & { tenant?: string }, key: RecordKey): SignedRecord {
  const { through, entries, digest, position, counter, at, tenant = 'main' } = beat;
  return signed('revocation.heartbeat', { tenant, through, entries, digest, position: String(position), counter, at }, key);
}

function signed(type: RevocationRecordType, fields: object, { kid, privateKey }: RecordKey): SignedRecord {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('revocation records are signed with Ed25519');
  const data = JSON.stringify(fields);
  return { type, data, sig: sign(null, signingInput(type, data), privateKey).toString('base64url'), sigkid: kid };
}

// Neither a topic nor a type holds a NUL, so the three parts have one reading.
const signingInput = (type: string, data: string): Buffer => Buffer.from(`${revocationsTopic}\0${type}\0${data}`);

/**
 * Verifies a record and only then reads it. Never throws: a record that is no good is a reason.
 * @param keys public keys that were pinned by configuration, never fetched
 */
export function openRecord(
  record: { type: string; data: string; sig?: string | undefined; sigkid?: string | undefined },
  keys: (kid: string) => KeyObject | undefined,
): OpenedRecord | { readonly refused: RecordRefusal } {
  const { type, data, sig, sigkid } = record;
  if (sig === undefined || sigkid === undefined) return { refused: 'unsigned' };
  const key = keys(sigkid);
  if (key === undefined) return { refused: 'unknown_key' };
  const signature = decodeBase64url(sig);
  const genuine = key.asymmetricKeyType === 'ed25519' && signature?.length === 64 && verify(null, signingInput(type, data), key, signature);
  return genuine ? parseRecordData(type, data) : { refused: 'forged' };
}

export type { SignedBeat, SignedEntry } from './record-data.js';
export {
  entryKey,
  heartbeatKey,
  type OpenedRecord,
  openRecord,
  type RecordKey,
  type RecordRefusal,
  revocationsTopic,
  type RevocationRecordType,
  signBeat,
  type SignedRecord,
  signEntry,
} from './signed-record.js';

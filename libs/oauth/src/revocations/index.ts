export type { OpenedRecord, RecordRefusal, SignedBeat, SignedEntry } from './record-data.js';
export {
  entryKey,
  heartbeatKey,
  openRecord,
  type RecordKey,
  revocationsTopic,
  type RevocationRecordType,
  signBeat,
  type SignedRecord,
  signEntry,
} from './signed-record.js';

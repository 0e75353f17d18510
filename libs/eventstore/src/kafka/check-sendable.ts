import type { BusRecord } from '../bus.js';
import { checkRecord } from '../bus-embedded/check-record.js';

/** @throws TypeError for a record that breaks the bounds of the bus. The message names the field, never its value. */
export function checkSendable(record: BusRecord): void {
  checkRecord(record);
  const { key, source, type, subject, extensions = {} } = record;
  // Half a surrogate pair has no UTF-8: what arrives would be another text than was sent.
  const wellFormed = [key, source, type, subject, ...Object.values(extensions)].every((text) => text.isWellFormed());
  if (!wellFormed) throw new TypeError("a record's texts are well-formed Unicode");
  if (!/^[a-z0-9.-]+$/.test(type)) throw new TypeError("a record's type is of a-z, 0-9, dots and dashes");
  if (record.type.startsWith('quarantine.')) throw new TypeError('what becomes of records in quarantine is for the bus to say');
}

import type { KeyObject } from 'node:crypto';
import type { BusRecord } from '@chancery/eventstore';
import { openRecord } from '@chancery/oauth';
import type { RawRecord } from './followed-set.js';

/** A record of the bus as what was signed. Bytes that are no UTF-8 become others here, and so fail the signature. */
export const asSigned = ({ type, data, extensions }: BusRecord): RawRecord => ({
  type,
  data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'),
  sig: extensions?.['sig'],
  sigkid: extensions?.['sigkid'],
});

/** Why a record of the revocations topic is not by one of these keys, or undefined when it is: what is not goes into quarantine. */
export const byWhomSigned =
  (keys: (kid: string) => KeyObject | undefined) =>
  (record: BusRecord): string | undefined => {
    const opened = openRecord(asSigned(record), keys);
    return 'refused' in opened ? `its signature does not hold: ${opened.refused}` : undefined;
  };

import type { KeyObject } from 'node:crypto';
import type { BusRecord } from '@chancery/eventstore';
import { openRecord } from '@chancery/oauth';

/** Why a record of the revocations topic is not by one of the pinned keys, or undefined when it is: what is not goes into quarantine. */
export const byWhomSigned =
  (keys: (kid: string) => KeyObject | undefined) =>
  ({ type, data, extensions }: BusRecord): string | undefined => {
    const signed = { type, data: Buffer.from(data).toString('utf8'), sig: extensions?.['sig'], sigkid: extensions?.['sigkid'] };
    const opened = openRecord(signed, keys);
    return 'refused' in opened ? `its signature does not hold: ${opened.refused}` : undefined;
  };

import { openDataSource } from '@chancery/eventstore';
import type { Secret } from '../secret.js';
import type { KeyPurpose } from './key-ring.js';
import { seal, sealingKeysOf, unsealOld } from './seal.js';

/**
 * Seals what an earlier release sealed under one key for every purpose again, under each purpose's own. A row that this master key does not open stays
 * as it is, for the start to complain of. `url` is the owner's: nobody else may change one.
 */
export async function resealOld(url: string, masterKey: Secret): Promise<void> {
  const database = await openDataSource({ url, applicationName: 'chancery reseal', connections: 1 });
  try {
    const rows: { kid: string; purpose: KeyPurpose; sealed: Buffer }[] = await database.query(
      'SELECT kid, purpose, sealed FROM keyring.sealed_key WHERE get_byte(sealed, 0) = 1',
    );
    for (const { kid, purpose, sealed } of rows) {
      const key = unsealOld(sealed, { purpose, kid }, masterKey);
      if (!key) continue;
      const anew = Buffer.from(seal(key, { purpose, kid }, sealingKeysOf(masterKey)(purpose)));
      await database.query('UPDATE keyring.sealed_key SET sealed = $3 WHERE kid = $1 AND purpose = $2', [kid, purpose, anew]);
    }
  } finally {
    await database.destroy();
  }
}

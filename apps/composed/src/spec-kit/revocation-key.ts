import { join } from 'node:path';
import { openEventStore } from '@chancery/eventstore';
import { openKeys, sealedKeysIn, type SigningKey } from '@chancery/platform';
import { openSecrets } from '@chancery/platform/composed';

/** The key that revocations are signed with, as the token service opens it: what it signed long ago can be shown again. */
export async function revocationKey(data: string): Promise<SigningKey> {
  const secrets = openSecrets(join(data, 'services', 'token'));
  const store = await openEventStore({ url: secrets.databaseUrl(), role: 'token', lanes: 1, readers: 1 });
  try {
    const unsealing = { sealed: sealedKeysIn(store.dataSource), sealingKeys: secrets.sealingKeys(), signs: ['revocation'] as const };
    const keys = await openKeys({ store, now: () => store.now(), ...unsealing });
    keys.close();
    return keys.active('revocation');
  } finally {
    await store.close();
  }
}

import { createHash, hkdfSync } from 'node:crypto';
import type { Secret } from '@chancery/platform';

type Topic = 'chancery.registry' | 'chancery.issuance' | 'chancery.activity' | 'chancery.quarantine';

/** A key for the HMACs of each topic, as `mac-keys.json` holds them: from the master key, the same at every run (ADR 0018). */
export const macKeysFor = (masterKey: Secret, topics: readonly Topic[]): Record<string, readonly { kid: string; key: string }[]> =>
  Object.fromEntries(
    topics.map((topic) => {
      const key = Buffer.from(hkdfSync('sha256', masterKey.reveal(), new Uint8Array(), `chancery record MAC ${topic}`, 32));
      // Named by what it is, so that a key under another master key is an unknown one and not a wrong one.
      return [topic, [{ kid: createHash('sha256').update(key).digest('base64url').slice(0, 11), key: key.toString('base64url') }]];
    }),
  );

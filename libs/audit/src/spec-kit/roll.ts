import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PublicKey, SigningKey } from '@chancery/platform';
import type { NoteKey } from '../roll/proof/note-key.js';

export const origin = 'id.example/roll/main';

export interface TestKey extends SigningKey {
  readonly publicKey: KeyObject;
  readonly published: PublicKey;
  readonly note: NoteKey;
}

/** A key of its own for the roll. `seed` (one byte) makes the same one again. */
export function rollKey(kid = 'roll-1', seed?: number): TestKey {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const privateKey =
    seed === undefined
      ? generateKeyPairSync('ed25519').privateKey
      : createPrivateKey({ key: Buffer.concat([prefix, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({ format: 'jwk' }) as PublicKey['jwk'];
  const published: PublicKey = { kid, alg: 'Ed25519', key: publicKey, jwk };
  return { kid, alg: 'Ed25519', privateKey, publicKey, published, note: { name: origin, key: publicKey } };
}

/** What `AuditModule` takes for the roll, of one key that never changes. */
export const rollOptions = (key: TestKey = rollKey()) => ({ origin, key: () => key, keys: () => [key.published] });

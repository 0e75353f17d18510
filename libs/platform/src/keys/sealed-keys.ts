import type { DataSource } from 'typeorm';
import type { KeyPurpose } from './key-ring.js';

/** Private keys at rest, each sealed under the master key (META-07). */
export interface SealedKeys {
  /** Keeps the first one under a kid. */
  put(kid: string, purpose: KeyPurpose, sealed: Uint8Array): Promise<void>;
  get(kid: string, purpose: KeyPurpose): Promise<Uint8Array | undefined>;
}

/** Sealed keys in the store's database, as far as the role of this connection may see them. */
export const sealedKeysIn = (database: DataSource): SealedKeys => ({
  async put(kid, purpose, sealed) {
    await database.query('INSERT INTO keyring.sealed_key (kid, purpose, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      kid,
      purpose,
      Buffer.from(sealed),
    ]);
  },
  async get(kid, purpose) {
    const rows: { sealed: Buffer }[] = await database.query('SELECT sealed FROM keyring.sealed_key WHERE kid = $1 AND purpose = $2', [
      kid,
      purpose,
    ]);
    return rows[0]?.sealed;
  },
});

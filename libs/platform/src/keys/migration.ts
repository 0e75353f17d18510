import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Private keys at rest. Nobody may change or remove one: a row is worthless without the master key, and priceless with it. */
class SealedKeys1764000100000 implements MigrationInterface {
  readonly name = 'SealedKeys1764000100000';

  async up(database: QueryRunner): Promise<void> {
    await database.query('CREATE SCHEMA keyring');
    await database.query(`
      CREATE TABLE keyring.sealed_key (
        kid text NOT NULL CHECK (length(kid) <= 128),
        purpose text NOT NULL CHECK (length(purpose) <= 64),
        sealed bytea NOT NULL CHECK (length(sealed) <= 8192),
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (purpose, kid)
      )`);
    await database.query('GRANT USAGE ON SCHEMA keyring TO chancery_token, chancery_exchange');
    await database.query('GRANT SELECT, INSERT ON keyring.sealed_key TO chancery_token');
    await database.query('GRANT SELECT ON keyring.sealed_key TO chancery_exchange');
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP SCHEMA keyring CASCADE');
  }
}

/** The exchange service signs access tokens, and sees the keys for nothing else. */
class SealedKeysByPurpose1764900000000 implements MigrationInterface {
  readonly name = 'SealedKeysByPurpose1764900000000';

  async up(database: QueryRunner): Promise<void> {
    await database.query('ALTER TABLE keyring.sealed_key ENABLE ROW LEVEL SECURITY');
    await database.query('CREATE POLICY token_keeps ON keyring.sealed_key TO chancery_token USING (true) WITH CHECK (true)');
    await database.query(
      "CREATE POLICY exchange_signs ON keyring.sealed_key FOR SELECT TO chancery_exchange USING (purpose = 'access-token')",
    );
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP POLICY exchange_signs ON keyring.sealed_key');
    await database.query('DROP POLICY token_keeps ON keyring.sealed_key');
    await database.query('ALTER TABLE keyring.sealed_key DISABLE ROW LEVEL SECURITY');
  }
}

/** For `migrate`, after the event store's own. */
export const platformMigrations = [SealedKeys1764000100000, SealedKeysByPurpose1764900000000];

import type { MigrationInterface, QueryRunner } from 'typeorm';

const applied = `
  -- The longest budget of its routes, in seconds; null for one that does not say.
  ALTER TABLE audit.gateway ADD COLUMN budget bigint;

  -- Events whose revocations it said by themselves to have applied, the latest 64, oldest first: [{ position (decimal text), at (microseconds) }].
  ALTER TABLE audit.gateway ADD COLUMN applied jsonb NOT NULL DEFAULT '[]';

  -- How often the list of gateways has changed. Whoever has seen a number has seen every change up to it: the row is locked until its change is committed.
  CREATE TABLE audit.gateway_list (tenant text PRIMARY KEY, changes bigint NOT NULL);
  INSERT INTO audit.gateway_list VALUES ('main', 0);`;

const rights = `
  GRANT SELECT ON audit.gateway_list TO chancery_audit;
  GRANT UPDATE (changes) ON audit.gateway_list TO chancery_audit;`;

/** What gateways acknowledge event by event, and the number by which somebody waits for it. */
export class AppliedPositions1764000400000 implements MigrationInterface {
  readonly name = 'AppliedPositions1764000400000';

  async up(database: QueryRunner): Promise<void> {
    for (const part of [applied, rights]) await database.query(part);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP TABLE audit.gateway_list');
    await database.query('ALTER TABLE audit.gateway DROP COLUMN applied, DROP COLUMN budget');
  }
}

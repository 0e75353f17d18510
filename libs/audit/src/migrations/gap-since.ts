import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = `
  -- An open gap: since when, through which number it was looked at, and how many up to that one have not come. Null where nothing new is missing.
  ALTER TABLE audit.numbering
    ADD COLUMN gap_since timestamptz,
    ADD COLUMN gap_through bigint NOT NULL DEFAULT 0,
    ADD COLUMN gap_missing bigint NOT NULL DEFAULT 0,
    -- What was reported are the missing ones up to this number.
    ADD COLUMN reported_through bigint NOT NULL DEFAULT 0;

  UPDATE audit.numbering SET gap_since = es.now(), gap_through = highest, gap_missing = highest - seen WHERE highest - seen > reported;

  DROP INDEX audit.numbering_missing;
  CREATE INDEX numbering_gap ON audit.numbering (gap_since) WHERE gap_since IS NOT NULL;`;

// A word dated in the future would keep its gateway alive until then, and no later word could replace it.
const heard = `
  UPDATE audit.gateway SET heard_at = now
  FROM (SELECT floor(extract(epoch FROM es.now()) * 1000000)::bigint AS now) AS clock WHERE heard_at > now`;

/** Since when records of a run of a gateway are missing. No gateway was heard later than now. */
export class GapSince1790000004000 implements MigrationInterface {
  readonly name = 'GapSince1790000004000';

  async up(database: QueryRunner): Promise<void> {
    for (const part of [columns, heard]) await database.query(part);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP INDEX audit.numbering_gap');
    await database.query('CREATE INDEX numbering_missing ON audit.numbering (changed_at) WHERE highest > seen');
    await database.query(
      'ALTER TABLE audit.numbering DROP COLUMN gap_since, DROP COLUMN gap_through, DROP COLUMN gap_missing, DROP COLUMN reported_through',
    );
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const checkpoint = `
  -- Everything of the log up to this position that SIEMs are told of is on the topic chancery.siem.ocsf.
  CREATE TABLE audit.siem_checkpoint (
    tenant text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0)
  );`;

const rights = `
  GRANT SELECT, INSERT ON audit.siem_checkpoint TO chancery_audit;
  GRANT UPDATE (position) ON audit.siem_checkpoint TO chancery_audit;`;

/** How far the SIEM topic is. A database that had a log before begins with its first entry. */
export class SiemCheckpoint1764800000000 implements MigrationInterface {
  readonly name = 'SiemCheckpoint1764800000000';

  async up(database: QueryRunner): Promise<void> {
    for (const part of [checkpoint, rights]) await database.query(part);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP TABLE audit.siem_checkpoint');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { beginEpoch } from './sql/epoch.js';
import { immutable } from './sql/immutable.js';
import { now } from './sql/now.js';
import { partitions } from './sql/partitions.js';
import { ringPartitions, slot, truncateRing } from './sql/ring.js';
import { tables } from './sql/tables.js';

/** The store as it began. What follows from the code of a release (append functions, roles, grants) is not here: `migrate` renews it at every start. */
export class EventStore implements MigrationInterface {
  // TypeORM orders migrations by the last 13 digits of their names.
  readonly name = 'EventStore0000000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const part of [tables, now, immutable, slot, ringPartitions, truncateRing, partitions, beginEpoch]) await queryRunner.query(part);
  }

  /** A store is not taken back: its events are the record. */
  async down(): Promise<void> {
    throw new Error('the event store is never dropped by a migration');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { activity, quarantine, busOffset } from './sql/bus.js';
import { checkpoint, leader } from './sql/checkpoint.js';
import { pruneRevocations } from './sql/prune.js';
import { readersMay } from './sql/readers-may.js';

/** What readers keep, and the tables of the embedded bus. */
export class ReadersAndBus implements MigrationInterface {
  readonly name = 'ReadersAndBus0000000000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const part of [checkpoint, leader, pruneRevocations, activity, quarantine, busOffset, readersMay]) await queryRunner.query(part);
  }

  /** Activity is part of the record, too. */
  async down(): Promise<void> {
    throw new Error('the bus is never dropped by a migration');
  }
}

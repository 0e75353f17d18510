import type { MigrationInterface, QueryRunner } from 'typeorm';

const roll = `
  -- What each entry adds to the roll: its hash in the chain, and the subtrees of the Merkle tree that it completes, from its own leaf up, 32 bytes each.
  CREATE TABLE audit.roll_entry (
    tenant text NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    subtrees bytea NOT NULL CHECK (octet_length(subtrees) BETWEEN 32 AND 2048 AND octet_length(subtrees) % 32 = 0),
    PRIMARY KEY (tenant, position)
  );

  -- Signed tree heads, as notes. One for each size and key.
  CREATE TABLE audit.roll_checkpoint (
    tenant text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    kid text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL DEFAULT es.now(),
    PRIMARY KEY (tenant, size, kid)
  );`;

// The roll only grows.
const rights = `
  GRANT SELECT, INSERT ON audit.roll_entry, audit.roll_checkpoint TO chancery_audit;`;

/** The hash chain over the log, and its checkpoints. Entries that are there already are chained by the service, in steps. */
export class Roll1764000300000 implements MigrationInterface {
  readonly name = 'Roll1764000300000';

  async up(database: QueryRunner): Promise<void> {
    for (const part of [roll, rights]) await database.query(part);
  }

  /** The roll is primary data. */
  down(): Promise<void> {
    return Promise.reject(new Error('the roll is never dropped by a migration'));
  }
}

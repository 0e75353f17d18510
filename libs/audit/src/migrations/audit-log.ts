import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AppliedPositions1764000400000 } from './applied-positions.js';
import { GapSince1790000004000 } from './gap-since.js';
import { Roll1764000300000 } from './roll.js';
import { SiemCheckpoint1764800000000 } from './siem-checkpoint.js';

const log = `
  CREATE SCHEMA audit;

  -- The last number given. Its row is the lock under which numbers are given, so that they have no gap and follow the order of commits.
  CREATE TABLE audit.head (tenant text PRIMARY KEY, position bigint NOT NULL);
  INSERT INTO audit.head VALUES ('main', 0);

  CREATE TABLE audit.log_entry (
    tenant text NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT es.now(),
    type text NOT NULL,
    version integer NOT NULL,
    stream text NOT NULL,
    revision integer,
    record_id uuid NOT NULL,
    agent text,
    subject text,
    grant_id text,
    iat_id text,
    data bytea NOT NULL,
    PRIMARY KEY (tenant, position),
    UNIQUE (stream, record_id)
  );
  CREATE INDEX log_entry_type ON audit.log_entry (tenant, type, position);

  -- Every agent that an entry concerns: as the agent, as the subject, in the lineage.
  CREATE TABLE audit.log_agent (
    tenant text NOT NULL,
    agent text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tenant, agent, position)
  );`;

const gateways = `
  -- How far each gateway says it is, newest word only. Times are microseconds since 1970 by the database's clock.
  CREATE TABLE audit.gateway (
    tenant text NOT NULL,
    name text NOT NULL,
    run text NOT NULL,
    applied_through bigint NOT NULL,
    entries bigint NOT NULL,
    heard_at bigint NOT NULL,
    PRIMARY KEY (tenant, name)
  );

  -- Of each run of a gateway: the highest of its own numbers, and how many of them came.
  CREATE TABLE audit.numbering (
    source text NOT NULL,
    run text NOT NULL,
    highest bigint NOT NULL,
    seen bigint NOT NULL,
    reported bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT es.now(),
    PRIMARY KEY (source, run)
  );
  CREATE INDEX numbering_missing ON audit.numbering (changed_at) WHERE highest > seen;`;

// An entry is never changed and never removed, not by this service either.
const rights = `
  GRANT USAGE ON SCHEMA audit TO chancery_audit;
  GRANT SELECT, INSERT ON audit.log_entry, audit.log_agent TO chancery_audit;
  GRANT SELECT ON audit.head TO chancery_audit;
  GRANT UPDATE (position) ON audit.head TO chancery_audit;
  GRANT SELECT, INSERT, UPDATE ON audit.gateway, audit.numbering TO chancery_audit;`;

/** The searchable log, and what is known of gateways. */
class AuditLog1764000200000 implements MigrationInterface {
  readonly name = 'AuditLog1764000200000';

  async up(database: QueryRunner): Promise<void> {
    for (const part of [log, gateways, rights]) await database.query(part);
  }

  /** The log is primary data. */
  down(): Promise<void> {
    return Promise.reject(new Error('the log is never dropped by a migration'));
  }
}

/** For `migrate`, after the event store's own. */
export const auditMigrations = [
  AuditLog1764000200000,
  Roll1764000300000,
  AppliedPositions1764000400000,
  SiemCheckpoint1764800000000,
  GapSince1790000004000,
];

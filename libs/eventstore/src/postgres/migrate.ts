import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { storeMigrations } from '../migrations/index.js';
import { appendFunction } from '../migrations/sql/append.js';
import { permissions } from '../migrations/sql/permissions.js';
import { createRoles, databaseRole, grants, serviceRoles, type ServiceRole } from '../migrations/sql/roles.js';
import { advisoryLocks, maintenance } from './advisory-locks.js';
import { scramVerifier } from './scram.js';
import { checkUsable } from './usable.js';

export interface MigrateOptions {
  /** A login that owns the database; services never use it. */
  readonly url: string;
  /** Read models of the services: run after the store's own, in the order of their names' last 13 digits. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** Sets these roles' passwords; absent: they stay as they are. */
  readonly passwords?: Partial<Record<ServiceRole, string>>;
  /** Append lanes of all replicas together, for the check of the lock table; 12 unless told. */
  readonly lanes?: number;
}

/**
 * Brings a database to this release: schema, roles, append functions, rights, partitions. Any number of starts may call it at once; one works, the
 * others find its work done. Throws StoreUnusable for a database that may not serve.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const dataSource = await new DataSource({
    type: 'postgres',
    url: options.url,
    schema: 'es',
    migrationsTableName: 'migration',
    migrations: [...storeMigrations, ...(options.migrations ?? [])],
    installExtensions: false,
    logging: false,
    applicationName: 'chancery migrate',
  }).initialize();
  try {
    await serialised(dataSource, (held) => bringUp(dataSource, held, options));
  } finally {
    await dataSource.destroy();
  }
}

async function serialised(dataSource: DataSource, work: (held: QueryRunner) => Promise<void>): Promise<void> {
  const held = dataSource.createQueryRunner();
  const lock = [advisoryLocks.maintenance, maintenance.migrate];
  try {
    await held.query('select pg_advisory_lock($1, $2)', lock);
    await work(held);
    await held.query('select pg_advisory_unlock($1, $2)', lock);
  } finally {
    await held.release();
  }
}

async function bringUp(dataSource: DataSource, held: QueryRunner, { passwords = {}, lanes = 12 }: MigrateOptions): Promise<void> {
  await held.query('create schema if not exists es'); // TypeORM keeps its own table there
  await amongDatabases(() => held.query(createRoles));
  for (const role of serviceRoles) {
    const password = passwords[role];
    // Only our own verifier's alphabet stands in it: no quote can.
    if (password !== undefined)
      await amongDatabases(() => held.query(`alter role ${databaseRole(role)} password '${scramVerifier(password)}'`));
  }
  await dataSource.runMigrations({ transaction: 'each' });
  for (const [role, permission] of Object.entries(permissions)) await held.query(appendFunction(`es.append_${role}`, permission));
  await held.query(grants);
  await held.query('select es.ensure_partitions()');
  await checkUsable(dataSource, lanes);
}

/** Roles belong to the cluster: a migration of another of its databases may touch the same row, which PostgreSQL answers with an error. */
async function amongDatabases(statement: () => Promise<unknown>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      await statement();
      return;
    } catch (error) {
      if (left === 0 || !String(error).includes('tuple concurrently updated')) throw error;
    }
  }
}

import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { databaseRole, migrate, type ServiceRole } from '@chancery/eventstore';
import { startEmbeddedPostgres } from '@chancery/eventstore/embedded';
import { auditMigrations } from '@chancery/audit';
import { type Config, platformMigrations, resealOld, type Secret } from '@chancery/platform';
import { registrationMigrations } from '@chancery/registration';

const roles: readonly ServiceRole[] = ['registration', 'token', 'exchange', 'audit', 'relay'];

export interface Database {
  /** A login of that service's own role; a secret. */
  urlOf(role: ServiceRole): string;
  stop(): Promise<void>;
}

interface OwnedDatabase extends Database {
  /** The owner's login; a secret. */
  readonly ownerUrl: string;
}

/** The database, at this release: one's own server, or an embedded PostgreSQL in the data folder. */
export async function openDatabase(config: Config, masterKey: Secret, notice: (text: string) => void): Promise<Database> {
  const database = await reachDatabase(config, masterKey, notice);
  try {
    await migrate({
      url: database.ownerUrl,
      lanes: lanesOfTwoReplicas(config),
      migrations: [...platformMigrations, ...registrationMigrations, ...auditMigrations],
      passwords: passwordsOf(masterKey),
    });
    await resealOld(database.ownerUrl, masterKey);
  } catch (error) {
    await database.stop();
    throw error;
  }
  return database;
}

/** The database as it is. */
export async function reachDatabase(config: Config, masterKey: Secret, notice: (text: string) => void): Promise<OwnedDatabase> {
  const server =
    config.databaseUrl === undefined ? await embedded(config, notice) : { url: config.databaseUrl, stop: async () => undefined };
  const passwords = passwordsOf(masterKey);
  return {
    ownerUrl: server.url,
    urlOf(role) {
      const url = new URL(server.url);
      url.username = databaseRole(role);
      url.password = passwords[role];
      return url.href;
    },
    stop: () => server.stop(),
  };
}

const passwordsOf = (masterKey: Secret) =>
  Object.fromEntries(roles.map((role) => [role, passwordOf(role, masterKey)])) as Record<ServiceRole, string>;

/** Three services write; a rolling restart has two of each. */
const lanesOfTwoReplicas = ({ lanes }: Config): number => 2 * 3 * lanes;

const embedded = ({ dataDir, dataDirIsDefault }: Config, onNotice: (text: string) => void) =>
  startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), defaultFolder: dataDirIsDefault, onNotice });

/** The same at every start and every replica, so that none locks another out; kept nowhere but in the master key. */
const passwordOf = (role: ServiceRole, masterKey: Secret): string =>
  createHmac('sha256', masterKey.reveal()).update(`database-role/${role}`).digest('base64url');

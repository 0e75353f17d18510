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

/** The database, at this release: one's own server, or an embedded PostgreSQL in the data folder. */
export async function openDatabase(config: Config, masterKey: Secret, notice: (text: string) => void): Promise<Database> {
  const server =
    config.databaseUrl === undefined ? await embedded(config, notice) : { url: config.databaseUrl, stop: async () => undefined };
  const passwords = Object.fromEntries(roles.map((role) => [role, passwordOf(role, masterKey)])) as Record<ServiceRole, string>;
  try {
    await migrate({
      url: server.url,
      lanes: lanesOfTwoReplicas(config),
      migrations: [...platformMigrations, ...registrationMigrations, ...auditMigrations],
      passwords,
    });
    await resealOld(server.url, masterKey);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    urlOf(role) {
      const url = new URL(server.url);
      url.username = databaseRole(role);
      url.password = passwords[role];
      return url.href;
    },
    stop: () => server.stop(),
  };
}

/** Three services write; a rolling restart has two of each. */
const lanesOfTwoReplicas = ({ lanes }: Config): number => 2 * 3 * lanes;

const embedded = ({ dataDir, dataDirIsDefault }: Config, onNotice: (text: string) => void) =>
  startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), defaultFolder: dataDirIsDefault, onNotice });

/** The same at every start and every replica, so that none locks another out; kept nowhere but in the master key. */
const passwordOf = (role: ServiceRole, masterKey: Secret): string =>
  createHmac('sha256', masterKey.reveal()).update(`database-role/${role}`).digest('base64url');

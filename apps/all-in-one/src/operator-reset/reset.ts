import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openEventStore } from '@chancery/eventstore';
import { holdDataFolder } from '@chancery/eventstore/embedded';
import { type Config, ConfigError, openMasterKey, type Starting } from '@chancery/platform';
import { resetOperator, seeded } from '@chancery/registration';
import { reachDatabase } from '../database.js';
import { draftOperator, oneAtATime, operatorFile, takeUpDraft } from '../operator-credential.js';

export interface ResetAsked {
  readonly reason: string;
  /** Leaves the first operators there are as they are. */
  readonly keep: boolean;
}

export interface OperatorMade {
  readonly client_id: string;
  /** Absolute path of its credential. */
  readonly operator: string;
  /** The operators that ended. */
  readonly revoked: readonly string[];
}

/**
 * Makes a new first operator without asking anybody who serves (design §11): the database's own login and the master key are the right to do it. An embedded
 * PostgreSQL belongs to who serves from its folder, so that one has to be stopped; with a server of one's own, services go on and hear of it at once.
 * Nothing is migrated.
 */
export async function resetTo(asked: ResetAsked, { config, notice, opened }: Starting<Config>): Promise<OperatorMade> {
  const { issuer, dataDir, databaseUrl } = config;
  refuseFirstStart(config);
  if (databaseUrl === undefined) opened.keep('data folder', holdDataFolder(dataDir), (held) => held.release());
  const masterKey = openMasterKey(config);
  const database = opened.keep('PostgreSQL', await reachDatabase(config, masterKey, notice), (each) => each.stop());
  const login = { url: database.urlOf('registration'), role: 'registration' } as const;
  const store = opened.keep('event store', await openEventStore({ ...login, lanes: 1, readers: 1 }), (each) => each.close());
  if (!(await seeded(store, issuer))) throw nothingYet();

  const path = operatorFile(dataDir);
  return oneAtATime(dataDir, async () => {
    // One of an earlier try that was made an operator is not to be overwritten unseen: it would be nobody's.
    await takeUpDraft(path, store);
    const operator = draftOperator(issuer, path);
    const revoked = await resetOperator(store, issuer, { operator, ...asked });
    await takeUpDraft(path, store);
    return { client_id: operator.clientId, operator: path, revoked };
  });
}

/** Key and database are made by a start; a reset that made them would leave something that looks like one. */
function refuseFirstStart({ dataDir, masterKey, databaseUrl }: Config): void {
  const needed = [...(masterKey ? [] : ['master.key']), ...(databaseUrl === undefined ? ['postgres'] : [])];
  if (!needed.every((name) => existsSync(join(dataDir, name)))) throw nothingYet();
}

const nothingYet = (): ConfigError => new ConfigError('CHANCERY_DATA', 'nothing was started with this folder and database yet');

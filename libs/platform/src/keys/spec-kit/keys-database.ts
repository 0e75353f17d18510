import { randomBytes } from 'node:crypto';
import { databaseRole, migrate, openEventStore, type PostgresEventStore, type ServiceRole } from '@chancery/eventstore';
import { movedClock } from '@chancery/eventstore/moved-clock';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { onTestFinished } from 'vitest';
import { Secret } from '../../secret.js';
import { ensureKeys } from '../ensure-keys.js';
import type { KeyAlgorithm, KeyRing } from '../key-ring.js';
import { platformMigrations } from '../migration.js';
import { openKeyRing } from '../open-key-ring.js';
import { sealedKeysIn } from '../sealed-keys.js';

export const sealingKey = new Secret(randomBytes(32));
export const sealingKeys = (): Secret => sealingKey;

export async function connect(url: string): Promise<DataSource> {
  const connected = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  onTestFinished(() => connected.destroy());
  return connected;
}

/** A migrated database, and replicas of the token service on it. */
export async function database() {
  const url = await freshDatabase();
  await migrate({ url, migrations: platformMigrations });
  const as = (role: ServiceRole) => Object.assign(new URL(url), { username: databaseRole(role) }).href;
  const owner = await connect(url);
  const replica = async () => {
    const store = await openEventStore({ url: as('token'), role: 'token', readers: 2, lanes: 1 });
    onTestFinished(() => store.close());
    return store;
  };
  const pass = (seconds: number) => owner.query(movedClock(seconds));
  return { url, as, owner, replica, pass };
}

export const ensure = (store: PostgresEventStore, changed: { algorithm?: KeyAlgorithm; sealingKeys?: () => Secret } = {}) =>
  ensureKeys({ store, sealed: sealedKeysIn(store.dataSource), sealingKeys, algorithm: 'ES256', by: 'system', ...changed });

export async function ringOf(store: PostgresEventStore, changed: { sealingKeys?: () => Secret; every?: number } = {}): Promise<KeyRing> {
  const ring = await openKeyRing({ store, sealed: sealedKeysIn(store.dataSource), sealingKeys, now: () => store.now(), ...changed });
  onTestFinished(() => ring.close());
  return ring;
}

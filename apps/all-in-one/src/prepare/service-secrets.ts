import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys, Secret, ServiceName } from '@chancery/platform';
import type { SecretName } from '@chancery/platform/composed';
import type { Database } from '../database.js';
import { macKeysFor } from './mac-keys.js';

export interface SecretsMaterial {
  readonly database: Pick<Database, 'urlOf'>;
  readonly keys: Keys;
  readonly masterKey: Secret;
  readonly sealingKey: Secret;
}

/** What each of the five may know (ADR 0018), and no more. */
function secretsOf({ database, keys, masterKey, sealingKey }: SecretsMaterial): Record<ServiceName, Partial<Record<SecretName, string>>> {
  const everyone = ['chancery.activity', 'chancery.quarantine'] as const;
  const fromTheStore = ['chancery.registry', 'chancery.issuance'] as const;
  const macKeys = (...topics: Parameters<typeof macKeysFor>[1][]): string => JSON.stringify(macKeysFor(masterKey, topics.flat()));
  const sealing = Buffer.from(sealingKey.reveal()).toString('base64url');
  return {
    registration: { 'database-url': database.urlOf('registration'), 'mac-keys.json': macKeys(everyone) },
    token: {
      'database-url': database.urlOf('token'),
      'relay-database-url': database.urlOf('relay'),
      'sealing.key': sealing,
      'mac-keys.json': macKeys(everyone, fromTheStore),
    },
    exchange: { 'database-url': database.urlOf('exchange'), 'sealing.key': sealing, 'mac-keys.json': macKeys(everyone) },
    audit: {
      'database-url': database.urlOf('audit'),
      'roll.jwk': privateJwk(keys, 'roll'),
      'mac-keys.json': macKeys(everyone, fromTheStore),
    },
    gateway: {
      'service.jwk': privateJwk(keys, 'service-gateway'),
      'revocation-keys.json': JSON.stringify({ keys: keys.published('revocation').map(({ jwk }) => jwk) }),
      'mac-keys.json': macKeys(everyone),
    },
  };
}

const privateJwk = (keys: Keys, purpose: 'roll' | 'service-gateway'): string =>
  JSON.stringify(keys.active(purpose).privateKey.export({ format: 'jwk' }));

/** Writes a folder for each service, for its owner alone. @returns the folder they lie in */
export function writeServiceSecrets(dataDir: string, material: SecretsMaterial): string {
  const all = join(dataDir, 'services');
  for (const [service, files] of Object.entries(secretsOf(material))) {
    const folder = join(all, service);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const each of [all, folder]) chmodSync(each, 0o700);
    for (const [name, content] of Object.entries(files)) writeWhole(join(folder, name), `${content}\n`);
  }
  return all;
}

/** A service that starts at this moment reads the old one or the new one, never half of one. */
function writeWhole(path: string, content: string): void {
  const draft = `${path}.draft`;
  // What a crash left would keep its mode.
  rmSync(draft, { force: true });
  writeFileSync(draft, content, { flag: 'wx', mode: 0o600, flush: true });
  renameSync(draft, path);
}

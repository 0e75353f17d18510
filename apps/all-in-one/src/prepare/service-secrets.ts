import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPurpose, type Keys, sealingKeysOf, type Secret, type ServiceName } from '@chancery/platform';
import type { SecretName } from '@chancery/platform/composed';
import type { Database } from '../database.js';
import { macKeysOf } from './mac-keys.js';

export interface SecretsMaterial {
  readonly database: Pick<Database, 'urlOf'>;
  readonly keys: Keys;
  readonly masterKey: Secret;
}

/** What each of the five may know (ADR 0018), and no more. */
function secretsOf({ database, keys, masterKey }: SecretsMaterial): Record<ServiceName, Partial<Record<SecretName, string>>> {
  const macKeys = (service: ServiceName) => ({ 'mac-keys.json': JSON.stringify(macKeysOf(service, masterKey)) });
  const login = (service: Exclude<ServiceName, 'gateway'>) => ({ 'database-url': database.urlOf(service) });
  const sealing = (...purposes: KeyPurpose[]) => ({ 'sealing-keys.json': JSON.stringify(sealingKeysFor(masterKey, purposes)) });
  return {
    registration: { ...login('registration'), ...macKeys('registration') },
    token: {
      ...login('token'),
      'relay-database-url': database.urlOf('relay'),
      ...sealing('access-token', 'revocation'),
      ...macKeys('token'),
    },
    exchange: { ...login('exchange'), ...sealing('access-token'), ...macKeys('exchange') },
    audit: { ...login('audit'), 'roll.jwk': privateJwk(keys, 'roll'), ...macKeys('audit') },
    gateway: {
      'service.jwk': privateJwk(keys, 'service-gateway'),
      'revocation-keys.json': JSON.stringify({ keys: keys.published('revocation').map(({ jwk }) => jwk) }),
      ...macKeys('gateway'),
    },
  };
}

const sealingKeysFor = (masterKey: Secret, purposes: readonly KeyPurpose[]): Record<string, string> =>
  Object.fromEntries(purposes.map((purpose) => [purpose, Buffer.from(sealingKeysOf(masterKey)(purpose).reveal()).toString('base64url')]));

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

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MacKeys } from '@chancery/eventstore/kafka';
import { importPublicJwk } from '@chancery/oauth';
import { z } from 'zod';
import { ConfigError } from '../config/config.js';
import { keyPurposes, type SigningKey } from '../keys/key-ring.js';
import type { SealingKeys } from '../keys/seal.js';
import { Secret } from '../secret.js';
import type { SecretName } from './secret-files.js';

/** What one service may know, a file each (ADR 0018). Every reading throws a ConfigError that names the folder's setting and the file, never what is in it. */
export interface Secrets {
  /** A login of this service's own role. */
  databaseUrl(name?: Extract<SecretName, 'database-url' | 'relay-database-url'>): string;
  /** Open signing keys at rest, of the purposes that this service signs for. */
  sealingKeys(): SealingKeys;
  /** A private key of its own. */
  signingKey(name: Extract<SecretName, 'service.jwk' | 'roll.jwk'>): SigningKey;
  /** Public keys by `kid`, which count because they stand here. */
  pinnedKeys(): ReadonlyMap<string, KeyObject>;
  macKeys(): MacKeys;
  /** Absent where the brokers ask nobody. */
  kafkaLogin(
    name?: Extract<SecretName, 'kafka.json' | 'relay-kafka.json'>,
  ): { readonly username: string; readonly password: string } | undefined;
}

const jwk = z.record(z.string(), z.unknown());
const jwks = z.strictObject({ keys: z.array(jwk).min(1).max(8) });
const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const macKeys = z.record(
  z.string().startsWith('chancery.'),
  z.array(z.strictObject({ kid: z.string().min(1).max(64), key: base64url, writer: z.string().min(1).max(64) })).min(1),
);
const sealingKeys = z.partialRecord(z.enum(keyPurposes), base64url);
const login = z.strictObject({ username: z.string().min(1), password: z.string().min(1) });

const setting = 'CHANCERY_SECRETS';

export function openSecrets(folder: string): Secrets {
  const text = (name: SecretName): string => {
    try {
      return readFileSync(join(folder, name), 'utf8').trim();
    } catch (cause) {
      throw new ConfigError(setting, `${name} cannot be read there`, { cause });
    }
  };
  /** What is wrong with it stays untold: it is a secret. */
  const made = <T>(name: SecretName, make: (text: string) => T): T => {
    const content = text(name);
    try {
      return make(content);
    } catch {
      throw new ConfigError(setting, `${name} is not what it should be`);
    }
  };
  const json = <T>(name: SecretName, schema: z.ZodType<T>): T => made(name, (content) => schema.parse(JSON.parse(content)));
  return {
    databaseUrl: (name = 'database-url') => made(name, postgresUrl),
    sealingKeys() {
      const keys = json('sealing-keys.json', sealingKeys);
      return (purpose) => {
        const key = keys[purpose];
        return key === undefined ? undefined : new Secret(Buffer.from(key, 'base64url'));
      };
    },
    signingKey: (name) => made(name, signingKey),
    pinnedKeys: () =>
      made('revocation-keys.json', (content) => {
        const imported = jwks.parse(JSON.parse(content)).keys.map((key) => importPublicJwk(key));
        return new Map(imported.map(({ thumbprint, key }) => [thumbprint, key]));
      }),
    macKeys() {
      const keys = json('mac-keys.json', macKeys);
      const imported = Object.entries(keys).map(([topic, each]) => [
        topic,
        each.map(({ kid, key, writer }) => ({ kid, key: createSecretKey(key, 'base64url'), writer })),
      ]);
      return Object.fromEntries(imported) as MacKeys;
    },
    kafkaLogin: (name = 'kafka.json') => (existsSync(join(folder, name)) ? json(name, login) : undefined),
  };
}

/** Of two halves that do not belong together Node.js makes none. */
function signingKey(content: string): SigningKey {
  const privateKey = createPrivateKey({ key: jwk.parse(JSON.parse(content)), format: 'jwk' });
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const { alg, thumbprint } = importPublicJwk(publicJwk, ['ES256', 'Ed25519']);
  return { kid: thumbprint, alg: alg as SigningKey['alg'], privateKey };
}

function postgresUrl(content: string): string {
  if (!/^postgres(ql)?:$/.test(new URL(content).protocol)) throw new TypeError('not PostgreSQL');
  return content;
}

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPurpose, type Keys, keyPurposes, sealingKeysOf, Secret, serviceNames, type ServiceName } from '@chancery/platform';
import { openSecrets } from '@chancery/platform/composed';
import { temporaryFolder } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { macKeysOf } from './mac-keys.js';
import { type SecretsMaterial, writeServiceSecrets } from './service-secrets.js';

const masterKey = new Secret(Buffer.alloc(32, 7));
/** Two for each purpose: the one that signs, and the next. */
const pairs = Object.fromEntries(keyPurposes.map((purpose) => [purpose, [pair(), pair()] as const])) as Record<
  KeyPurpose,
  readonly [Pair, Pair]
>;

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function pair(): Pair {
  return generateKeyPairSync('ed25519');
}

const jwkOf = (purpose: KeyPurpose, at: 0 | 1 = 0) => pairs[purpose][at].privateKey.export({ format: 'jwk' });
const publicJwks = (purpose: KeyPurpose) => pairs[purpose].map(({ publicKey }) => publicKey.export({ format: 'jwk' }));

const keys = {
  active: (purpose: KeyPurpose) => ({ kid: purpose, alg: 'Ed25519', privateKey: pairs[purpose][0].privateKey }),
  published: (purpose: KeyPurpose) => publicJwks(purpose).map((jwk) => ({ jwk })),
} as unknown as Keys;

const material: SecretsMaterial = {
  database: { urlOf: (role) => `postgres://chancery_${role}:password-of-${role}@127.0.0.1/chancery` },
  keys,
  masterKey,
};

function written(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  expect(writeServiceSecrets(folder.path, material)).toBe(join(folder.path, 'services'));
  return join(folder.path, 'services');
}

const filesOf = (all: string, service: ServiceName) =>
  Object.fromEntries(readdirSync(join(all, service)).map((name) => [name, readFileSync(join(all, service, name), 'utf8').trim()]));

const macKeys = (service: ServiceName) => JSON.stringify(macKeysOf(service, masterKey));
const url = (role: 'registration' | 'token' | 'exchange' | 'audit' | 'relay') => material.database.urlOf(role);
const sealingKey = (purpose: KeyPurpose) => Buffer.from(sealingKeysOf(masterKey)(purpose).reveal()).toString('base64url');
const sealing = (...purposes: KeyPurpose[]) => JSON.stringify(Object.fromEntries(purposes.map((each) => [each, sealingKey(each)])));

/** Who signs for a purpose opens its keys at rest. */
const opens: Partial<Record<KeyPurpose, readonly ServiceName[]>> = { 'access-token': ['token', 'exchange'], revocation: ['token'] };

describe('the folders of secrets', () => {
  it('hold for each service exactly what it may know (ADR 0018)', () => {
    const folder = written();
    expect(readdirSync(folder).toSorted()).toEqual([...serviceNames].toSorted());
    expect(Object.fromEntries(serviceNames.map((name) => [name, filesOf(folder, name)]))).toEqual({
      registration: { 'database-url': url('registration'), 'mac-keys.json': macKeys('registration') },
      token: {
        'database-url': url('token'),
        'relay-database-url': url('relay'),
        'sealing-keys.json': sealing('access-token', 'revocation'),
        'mac-keys.json': macKeys('token'),
      },
      exchange: { 'database-url': url('exchange'), 'sealing-keys.json': sealing('access-token'), 'mac-keys.json': macKeys('exchange') },
      audit: { 'database-url': url('audit'), 'roll.jwk': JSON.stringify(jwkOf('roll')), 'mac-keys.json': macKeys('audit') },
      gateway: {
        'service.jwk': JSON.stringify(jwkOf('service-gateway')),
        'revocation-keys.json': JSON.stringify({ keys: publicJwks('revocation') }),
        'mac-keys.json': macKeys('gateway'),
      },
    });
  });

  it.each(serviceNames)('hold nothing for %s that only others need', (service) => {
    const text = Object.values(filesOf(written(), service)).join('\n');
    const secrets: Record<string, { value: string; for: readonly ServiceName[] }> = {
      'the master key': { value: Buffer.alloc(32, 7).toString('base64url'), for: [] },
      ...Object.fromEntries(
        keyPurposes.map((purpose) => [`the sealing key for ${purpose}`, { value: sealingKey(purpose), for: opens[purpose] ?? [] }]),
      ),
      ...Object.fromEntries(
        (['registration', 'token', 'exchange', 'audit'] as const).map((role) => [
          `the login of ${role}`,
          { value: `password-of-${role}`, for: [role] },
        ]),
      ),
      'the login of relay': { value: 'password-of-relay', for: ['token'] },
      ...Object.fromEntries(
        keyPurposes.flatMap((purpose) =>
          ([0, 1] as const).map((at) => {
            const owner: readonly ServiceName[] =
              at > 0 ? [] : purpose === 'roll' ? ['audit'] : purpose === 'service-gateway' ? ['gateway'] : [];
            return [`private key ${at} for ${purpose}`, { value: String(jwkOf(purpose, at).d), for: owner }];
          }),
        ),
      ),
      ...Object.fromEntries(
        serviceNames.flatMap((writer) =>
          Object.entries(macKeysOf(writer, masterKey)).map(([topic, [own]]) => [
            `the MAC key of ${writer} for ${topic}`,
            {
              value: String(own?.key),
              for: [...new Set<ServiceName>([writer, 'audit', ...(own?.writer === 'relay' ? (['token'] as const) : [])])],
            },
          ]),
        ),
      ),
    };
    for (const [name, secret] of Object.entries(secrets))
      expect([name, text.includes(secret.value)]).toEqual([name, secret.for.includes(service)]);
  });

  it('are read by the services as they were written', () => {
    const folder = written();
    const gateway = openSecrets(join(folder, 'gateway'));
    const key = gateway.signingKey('service.jwk');
    expect(createPublicKey(key.privateKey).export({ format: 'jwk' })).toMatchObject({ x: jwkOf('service-gateway').x });
    expect(gateway.pinnedKeys().size).toBe(2);
    const token = openSecrets(join(folder, 'token'));
    expect([token.databaseUrl(), token.databaseUrl('relay-database-url')]).toEqual([url('token'), url('relay')]);
    const revocation = token.sealingKeys()('revocation');
    expect(revocation && Buffer.from(revocation.reveal()).toString('base64url')).toBe(sealingKey('revocation'));
    expect(token.sealingKeys()('roll')).toBeUndefined();
    expect(Object.keys(token.macKeys()).toSorted()).toEqual(Object.keys(macKeysOf('token', masterKey)).toSorted());
    expect(openSecrets(join(folder, 'audit')).signingKey('roll.jwk').alg).toBe('Ed25519');
  });

  it('are their owner’s alone, also where they were open before', () => {
    const folder = written();
    chmodSync(folder, 0o755);
    for (const name of serviceNames) {
      chmodSync(join(folder, name), 0o777);
      for (const file of readdirSync(join(folder, name))) chmodSync(join(folder, name, file), 0o644);
    }
    writeFileSync(join(folder, 'token', 'sealing-keys.json.draft'), 'half of one that a crash left', { mode: 0o644 });
    writeServiceSecrets(join(folder, '..'), material);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(folder)).toBe('700');
    for (const name of serviceNames) {
      expect([name, mode(join(folder, name))]).toEqual([name, '700']);
      for (const file of readdirSync(join(folder, name))) expect([file, mode(join(folder, name, file))]).toEqual([file, '600']);
    }
    expect(readdirSync(join(folder, 'token')).filter((file) => file.endsWith('.draft'))).toEqual([]);
  });
});

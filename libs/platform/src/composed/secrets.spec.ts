import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config.js';
import { makeKey } from '../keys/make-key.js';
import type { SecretName } from './secret-files.js';
import { openSecrets, type Secrets } from './secrets.js';
import { secretsFolder } from './spec-kit/secrets-folder.js';

const key32 = Buffer.alloc(32, 7).toString('base64url');
const ed25519 = makeKey('Ed25519');
const privateJwk = (made = ed25519): Record<string, unknown> => ({ ...made.privateKey.export({ format: 'jwk' }) });
const macKeys = { 'chancery.activity': [{ kid: 'k1', key: key32, writer: 'audit' }] };

const honest: Record<SecretName, string> = {
  'database-url': 'postgres://chancery_token:secret@127.0.0.1/chancery',
  'relay-database-url': 'postgresql://chancery_relay:secret@127.0.0.1/chancery',
  'sealing-keys.json': JSON.stringify({ 'access-token': key32 }),
  'service.jwk': JSON.stringify(privateJwk()),
  'roll.jwk': JSON.stringify(privateJwk()),
  'revocation-keys.json': JSON.stringify({ keys: [ed25519.jwk] }),
  'mac-keys.json': JSON.stringify(macKeys),
  'kafka.json': JSON.stringify({ username: 'svc-token', password: 'secret' }),
  'relay-kafka.json': JSON.stringify({ username: 'svc-relay', password: 'secret' }),
};

const reading: Record<SecretName, (secrets: Secrets) => unknown> = {
  'database-url': (secrets) => secrets.databaseUrl(),
  'relay-database-url': (secrets) => secrets.databaseUrl('relay-database-url'),
  'sealing-keys.json': (secrets) => secrets.sealingKeys(),
  'service.jwk': (secrets) => secrets.signingKey('service.jwk'),
  'roll.jwk': (secrets) => secrets.signingKey('roll.jwk'),
  'revocation-keys.json': (secrets) => secrets.pinnedKeys(),
  'mac-keys.json': (secrets) => secrets.macKeys(),
  'kafka.json': (secrets) => secrets.kafkaLogin(),
  'relay-kafka.json': (secrets) => secrets.kafkaLogin('relay-kafka.json'),
};

const names = Object.keys(honest) as SecretName[];
const logins: readonly SecretName[] = ['kafka.json', 'relay-kafka.json'];

function refusal(name: SecretName, folder: string): ConfigError {
  try {
    reading[name](openSecrets(folder));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
}

describe('a service’s folder of secrets', () => {
  it('holds what the service may know', () => {
    const secrets = openSecrets(secretsFolder(honest));
    expect([secrets.databaseUrl(), secrets.databaseUrl('relay-database-url')]).toEqual([
      honest['database-url'],
      honest['relay-database-url'],
    ]);
    const opens = secrets.sealingKeys();
    expect(Buffer.from(opens('access-token')?.reveal() ?? [])).toEqual(Buffer.alloc(32, 7));
    expect(opens('roll')).toBeUndefined();
    expect([...secrets.pinnedKeys().keys()]).toEqual([ed25519.kid]);
    expect(secrets.macKeys()['chancery.activity']?.map(({ kid, key, writer }) => [kid, key.export(), writer])).toEqual([
      ['k1', Buffer.alloc(32, 7), 'audit'],
    ]);
    expect([secrets.kafkaLogin()?.username, secrets.kafkaLogin('relay-kafka.json')?.username]).toEqual(['svc-token', 'svc-relay']);
  });

  it.each(['ES256', 'Ed25519'] as const)('holds an %s key under the name that verifiers know it by', (alg) => {
    const made = makeKey(alg);
    const key = openSecrets(secretsFolder({ 'service.jwk': JSON.stringify(privateJwk(made)) })).signingKey('service.jwk');
    expect([key.kid, key.alg]).toEqual([made.kid, alg]);
    const digest = alg === 'ES256' ? 'sha256' : null;
    const pinned = openSecrets(secretsFolder({ 'revocation-keys.json': JSON.stringify({ keys: [made.jwk] }) })).pinnedKeys();
    expect(verify(digest, Buffer.from('x'), pinned.get(made.kid) ?? '', sign(digest, Buffer.from('x'), key.privateKey))).toBe(true);
  });

  it.each(names.filter((name) => !logins.includes(name)))('without %s stops the start, and names the file', (name) => {
    const { [name]: _, ...others } = honest;
    expect(refusal(name, secretsFolder(others)).message).toBe(`CHANCERY_SECRETS: ${name} cannot be read there`);
    expect(refusal(name, '/nowhere/at/all').message).toBe(`CHANCERY_SECRETS: ${name} cannot be read there`);
  });

  it.each(logins)('may be without %s, where the brokers ask nobody', (name) => {
    expect(reading[name](openSecrets(secretsFolder()))).toBeUndefined();
  });

  it.each(logins)('with a %s that cannot be read is not one without', (name) => {
    const folder = secretsFolder();
    mkdirSync(join(folder, name));
    expect(refusal(name, folder).message).toBe(`CHANCERY_SECRETS: ${name} cannot be read there`);
  });

  const canary = canarySecret('in the folder');
  const wrong: [SecretName, string, string][] = [
    ...names.map((name): [SecretName, string, string] => [name, 'something else', canary]),
    ...names.map((name): [SecretName, string, string] => [name, 'nothing', '']),
    ['database-url', 'a database of another kind', `mysql://u:${encodeURIComponent(canary)}@db.example`],
    ['sealing-keys.json', 'a short key', JSON.stringify({ 'access-token': key32.slice(1) })],
    ['sealing-keys.json', 'a purpose that is none', JSON.stringify({ anything: key32 })],
    ['sealing-keys.json', 'a key in another spelling', JSON.stringify({ 'access-token': Buffer.alloc(32, 7).toString('base64') })],
    ['service.jwk', 'a public key', JSON.stringify(ed25519.jwk)],
    ['service.jwk', 'halves of two keys', JSON.stringify({ ...privateJwk(), d: privateJwk(makeKey('Ed25519'))['d'] })],
    [
      'roll.jwk',
      'halves of two keys of the other kind',
      JSON.stringify({ ...privateJwk(makeKey('ES256')), d: privateJwk(makeKey('ES256'))['d'] }),
    ],
    [
      'service.jwk',
      'a key of a kind nothing is signed with',
      JSON.stringify(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })),
    ],
    [
      'service.jwk',
      'a key of another curve',
      JSON.stringify(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })),
    ],
    ['service.jwk', 'a key for another use', JSON.stringify(generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }))],
    ['revocation-keys.json', 'no key', JSON.stringify({ keys: [] })],
    ['revocation-keys.json', 'a private key', JSON.stringify({ keys: [privateJwk()] })],
    ['mac-keys.json', 'a topic that is none of ours', JSON.stringify({ activity: macKeys['chancery.activity'] })],
    ['mac-keys.json', 'a topic without a key', JSON.stringify({ 'chancery.activity': [] })],
    ['mac-keys.json', 'a short key', JSON.stringify({ 'chancery.activity': [{ kid: 'k1', key: 'c2hvcnQ', writer: 'audit' }] })],
    ['kafka.json', 'no password', JSON.stringify({ username: 'svc-token' })],
    ['kafka.json', 'an empty password', JSON.stringify({ username: 'svc-token', password: '' })],
    ['relay-kafka.json', 'more than a login', JSON.stringify({ username: 'a', password: canary, role: 'admin' })],
  ];

  it.each(wrong)('with %s holding %s stops the start, and tells nothing of it', (name, _, content) => {
    const { message, stack, cause } = refusal(name, secretsFolder({ [name]: content }));
    expect(message).toBe(`CHANCERY_SECRETS: ${name} is not what it should be`);
    expect(cause).toBeUndefined();
    expectNoSecret(`${message}${stack}`, { canary, key32, d: String(privateJwk()['d']) }, name);
  });
});

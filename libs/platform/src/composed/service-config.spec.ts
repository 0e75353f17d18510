import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config.js';
import { loadComposedConfig } from './composed-config.js';
import { loadPrepareConfig } from './prepare-config.js';
import { nothingAllowed } from '../outbound/allowed-targets.js';
import { gatewayName } from '../config/gateway-name.js';
import { loadGatewayConfig, loadStoreServiceConfig } from './service-config.js';
import { secretsFolder } from './spec-kit/secrets-folder.js';

type Env = Record<string, string>;
type Load = (env: Env) => unknown;

const login = { 'kafka.json': JSON.stringify({ username: 'svc', password: 'secret' }) };

/** What every service has to be told, on one machine. */
const common = (): Env => ({
  CHANCERY_ISSUER: 'http://127.0.0.1:4400',
  CHANCERY_SECRETS: secretsFolder(),
  CHANCERY_KAFKA: '127.0.0.1:9092',
  CHANCERY_KAFKA_TLS: 'off',
});

const urls: Env = {
  CHANCERY_REGISTRATION_URL: 'http://127.0.0.1:4401',
  CHANCERY_TOKEN_URL: 'http://127.0.0.1:4402,http://127.0.0.1:4403',
  CHANCERY_EXCHANGE_URL: 'https://exchange.internal',
  CHANCERY_AUDIT_URL: 'http://[::1]:4405',
};

/** And away from it. */
const remote = (): Env => ({
  ...common(),
  CHANCERY_SECRETS: secretsFolder(login),
  CHANCERY_KAFKA: 'kafka-0.internal:9093,kafka-1.internal:9093',
  CHANCERY_KAFKA_TLS: 'on',
});

function refusal(load: Load, env: Env): ConfigError {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const token: Load = (env) => loadStoreServiceConfig('token', env);
const gateway: Load = (env) => loadGatewayConfig({ ...urls, ...env });

describe('what a service is told', () => {
  it('has defaults for all that need not be said', () => {
    const { secrets: _, ...config } = loadStoreServiceConfig('registration', common());
    expect(config).toEqual({
      service: 'registration',
      host: '127.0.0.1',
      port: 4400,
      metricsPort: 0,
      issuer: 'http://127.0.0.1:4400',
      logLevel: 'info',
      kafka: { brokers: ['127.0.0.1:9092'], topology: 'production', prefix: '' },
      connections: 10,
      lanes: 2,
      fetchAllow: nothingAllowed,
    });
  });

  it('is for a gateway where the others are, and what it may do alone', () => {
    const { secrets: _, ...config } = loadGatewayConfig({
      ...common(),
      ...urls,
      CHANCERY_PORT: '4410',
      CHANCERY_DATA: 'somewhere',
      CHANCERY_STORE_AWAY_BUDGET: '0',
    });
    expect(config).toMatchObject({
      service: 'gateway',
      name: gatewayName(4410),
      budgets: { stalenessBudget: 5, storeAwayBudget: 0 },
      services: {
        registration: ['http://127.0.0.1:4401'],
        token: ['http://127.0.0.1:4402', 'http://127.0.0.1:4403'],
        exchange: ['https://exchange.internal'],
        audit: ['http://[::1]:4405'],
      },
      dataDir: resolve('somewhere'),
      spoolBytes: 67_108_864,
    });
    expect(gatewayName(4410)).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    expect(gatewayName(4410)).toContain(
      hostname()
        .slice(0, 8)
        .replaceAll(/[^A-Za-z0-9_.-]/g, '-'),
    );
    expect(loadGatewayConfig({ ...common(), ...urls, CHANCERY_GATEWAY_NAME: 'edge-1' }).name).toBe('edge-1');
  });

  it('may be brokers on a network, over TLS and with a login', () => {
    const folder = secretsFolder(login);
    writeFileSync(join(folder, 'ca.pem'), 'a certificate');
    const { kafka } = loadStoreServiceConfig('audit', {
      ...remote(),
      CHANCERY_SECRETS: folder,
      CHANCERY_KAFKA_CA_FILE: join(folder, 'ca.pem'),
      CHANCERY_KAFKA_PREFIX: 'blue.',
    });
    expect(kafka).toEqual({
      brokers: ['kafka-0.internal:9093', 'kafka-1.internal:9093'],
      ssl: { ca: 'a certificate' },
      topology: 'production',
      prefix: 'blue.',
    });
    expect(loadStoreServiceConfig('audit', remote()).kafka.ssl).toEqual({});
  });

  const wrong: [string, Load, () => Env, string][] = [
    ['an unknown setting', token, () => ({ ...common(), CHANCERY_PROT: '1' }), 'CHANCERY_PROT'],
    ['the master key', token, () => ({ ...common(), CHANCERY_MASTER_KEY: 'x' }), 'CHANCERY_MASTER_KEY'],
    [
      'the database owner’s login',
      token,
      () => ({ ...common(), CHANCERY_DATABASE_URL: 'postgres://db.example/x' }),
      'CHANCERY_DATABASE_URL',
    ],
    ['a setting of the gateway', token, () => ({ ...common(), CHANCERY_TOKEN_URL: 'http://127.0.0.1:1' }), 'CHANCERY_TOKEN_URL'],
    ['a data folder, for a service with a database', token, () => ({ ...common(), CHANCERY_DATA: 'x' }), 'CHANCERY_DATA'],
    ['a setting of a service with a database', gateway, () => ({ ...common(), CHANCERY_LANES: '2' }), 'CHANCERY_LANES'],
    ['a gateway’s name that no record could hold', gateway, () => ({ ...common(), CHANCERY_GATEWAY_NAME: 'a b' }), 'CHANCERY_GATEWAY_NAME'],
    ['an address with a path', gateway, () => ({ ...common(), CHANCERY_AUDIT_URL: 'http://127.0.0.1:1/audit' }), 'CHANCERY_AUDIT_URL'],
    ['an address with a login', gateway, () => ({ ...common(), CHANCERY_AUDIT_URL: 'http://u:p@127.0.0.1:1' }), 'CHANCERY_AUDIT_URL'],
    ['an address that is none', gateway, () => ({ ...common(), CHANCERY_TOKEN_URL: 'http://127.0.0.1:1,' }), 'CHANCERY_TOKEN_URL'],
    ['no address at all', gateway, () => ({ ...common(), CHANCERY_EXCHANGE_URL: '' }), 'CHANCERY_EXCHANGE_URL'],
    ['every address while the issuer is plain http', token, () => ({ ...common(), CHANCERY_HOST: '0.0.0.0' }), 'CHANCERY_HOST'],
    ['plain http away from the loopback', token, () => ({ ...common(), CHANCERY_ISSUER: 'http://as.example' }), 'CHANCERY_ISSUER'],
    ['brokers without a port', token, () => ({ ...common(), CHANCERY_KAFKA: 'localhost' }), 'CHANCERY_KAFKA'],
    ['brokers off the loopback without TLS', token, () => ({ ...remote(), CHANCERY_KAFKA_TLS: 'off' }), 'CHANCERY_KAFKA_TLS'],
    [
      'one broker of two off the loopback',
      token,
      () => ({ ...common(), CHANCERY_KAFKA: '127.0.0.1:9092,10.0.0.1:9092' }),
      'CHANCERY_KAFKA_TLS',
    ],
    [
      'a broker that only begins like the loopback',
      token,
      () => ({ ...common(), CHANCERY_KAFKA: '127.0.0.1.example:9092' }),
      'CHANCERY_KAFKA_TLS',
    ],
    ['brokers off the loopback without a login', token, () => ({ ...remote(), CHANCERY_SECRETS: secretsFolder() }), 'CHANCERY_SECRETS'],
    [
      'one copy of each record off the loopback',
      token,
      () => ({ ...remote(), CHANCERY_KAFKA_TOPOLOGY: 'development' }),
      'CHANCERY_KAFKA_TOPOLOGY',
    ],
    ['an authority without TLS', token, () => ({ ...common(), CHANCERY_KAFKA_CA_FILE: '/dev/null' }), 'CHANCERY_KAFKA_CA_FILE'],
    ['an authority that is not there', token, () => ({ ...remote(), CHANCERY_KAFKA_CA_FILE: '/nowhere/at/all' }), 'CHANCERY_KAFKA_CA_FILE'],
  ];

  it.each(wrong)('must not be %s: one line names the setting', (_, load, env, setting) => {
    const { message, setting: named } = refusal(load, env());
    expect(named).toBe(setting);
    expect(message).toMatch(new RegExp(`^${setting}: [^\\n]+$`));
  });

  it.each<[string, Load]>([
    ['CHANCERY_ISSUER', token],
    ['CHANCERY_SECRETS', token],
    ['CHANCERY_KAFKA', token],
    ...Object.keys(urls).map((name): [string, Load] => [name, (env) => loadGatewayConfig({ ...urls, ...env, [name]: undefined })]),
  ])('must have %s', (name, load) => {
    const { [name]: _, ...env } = common();
    expect(refusal(load, env).message).toBe(`${name}: must be set`);
  });

  it('is never repeated', () => {
    const value = canarySecret('setting');
    for (const name of [
      'CHANCERY_KAFKA',
      'CHANCERY_KAFKA_PREFIX',
      'CHANCERY_TOKEN_URL',
      'CHANCERY_GATEWAY_NAME',
      'CHANCERY_SECRETS',
      'CHANCERY_ISSUER',
    ]) {
      const { message, stack } = refusal(gateway, { ...remote(), [name]: value });
      expectNoSecret(`${message}${stack}`, { value }, name);
    }
  });
});

describe('what prepares is told', () => {
  const honest = (): Env => ({
    CHANCERY_DATABASE_URL: 'postgres://owner@127.0.0.1/x',
    CHANCERY_KAFKA: 'localhost:9092',
    CHANCERY_KAFKA_TLS: 'off',
  });

  it('is what all-in-one is told, and the cluster', () => {
    expect(loadPrepareConfig(honest())).toMatchObject({
      databaseUrl: 'postgres://owner@127.0.0.1/x',
      issuer: 'http://127.0.0.1:4400',
      kafka: { brokers: ['localhost:9092'] },
    });
    expect(loadPrepareConfig(honest())).not.toHaveProperty('kafkaLogin');
    const { kafkaLogin } = loadPrepareConfig({
      ...honest(),
      CHANCERY_KAFKA: 'kafka.internal:9093',
      CHANCERY_KAFKA_TLS: 'on',
      CHANCERY_SECRETS: secretsFolder(login),
    });
    expect(kafkaLogin).toEqual({ username: 'svc', password: 'secret' });
  });

  it.each<[string, Env, string]>([
    ['an embedded database', { CHANCERY_DATABASE_URL: undefined as unknown as string }, 'CHANCERY_DATABASE_URL'],
    ['no cluster', { CHANCERY_KAFKA: undefined as unknown as string }, 'CHANCERY_KAFKA'],
    ['a setting of a gateway', { CHANCERY_TOKEN_URL: 'http://127.0.0.1:1' }, 'CHANCERY_TOKEN_URL'],
    [
      'a cluster off the loopback that nobody logs in to',
      { CHANCERY_KAFKA: 'kafka.internal:9093', CHANCERY_KAFKA_TLS: 'on' },
      'CHANCERY_KAFKA',
    ],
  ])('must not be %s', (_, changed, setting) => {
    expect(refusal(loadPrepareConfig, { ...honest(), ...changed }).setting).toBe(setting);
  });
});

describe('what composes is told', () => {
  it('is what all-in-one is told; a cluster that is there already is passed on as it was given', () => {
    expect(loadComposedConfig({ CHANCERY_PORT: '4411' })).not.toHaveProperty('kafka');
    const given = { CHANCERY_KAFKA: 'localhost:9092', CHANCERY_KAFKA_TLS: 'off', CHANCERY_KAFKA_PREFIX: 'blue.' };
    expect(loadComposedConfig({ ...given, CHANCERY_PORT: '4411' })).toMatchObject({ port: 4411, kafka: given });
  });

  it.each<[string, Env, string]>([
    ['how to reach a cluster that is not named', { CHANCERY_KAFKA_TLS: 'off' }, 'CHANCERY_KAFKA_TLS'],
    ['a cluster that one has to log in to', { CHANCERY_KAFKA: 'kafka.internal:9093' }, 'CHANCERY_KAFKA'],
    ['a cluster off the loopback without TLS', { CHANCERY_KAFKA: 'kafka.internal:9092', CHANCERY_KAFKA_TLS: 'off' }, 'CHANCERY_KAFKA_TLS'],
    ['a folder of secrets', { CHANCERY_SECRETS: '/nowhere' }, 'CHANCERY_SECRETS'],
  ])('must not be %s', (_, env, setting) => {
    expect(refusal(loadComposedConfig, env).setting).toBe(setting);
  });
});

import { resolve } from 'node:path';
import { z } from 'zod';
import { type Config, ConfigError } from './config.js';
import { isLoopback, issuerProblem } from './issuer.js';
import { masterKeyOf } from './master-key.js';

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const oneOf = <const Names extends readonly string[]>(...names: Names) => z.enum(names, `must be one of ${names.join(', ')}`);

const postgresUrl = z.string().refine((text) => ['postgres:', 'postgresql:'].includes(protocolOf(text)), 'must be a postgres:// URL');

/** Every setting there is. What is not in here stops the start (design §12). */
const settings = z.strictObject({
  CHANCERY_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  CHANCERY_PORT: whole(1, 65_535).default(4400),
  CHANCERY_METRICS_PORT: whole(0, 65_535).default(0),
  CHANCERY_DATA: z.string().min(1, 'must name a folder').optional(),
  CHANCERY_ISSUER: z.string().optional(),
  CHANCERY_DATABASE_URL: postgresUrl.optional(),
  CHANCERY_MASTER_KEY: z.string().optional(),
  CHANCERY_MASTER_KEY_FILE: z.string().min(1, 'must name a file').optional(),
  CHANCERY_LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error', 'silent').default('info'),
  CHANCERY_STALENESS_BUDGET: whole(1, 3_600).default(5),
  CHANCERY_STORE_AWAY_BUDGET: whole(0, 3_600).default(30),
  CHANCERY_SIGNING_ALGORITHM: oneOf('ES256', 'Ed25519').default('ES256'),
  CHANCERY_CONNECTIONS: whole(1, 200).default(10),
  CHANCERY_LANES: whole(1, 8).default(2),
});

/** Reads the settings among the variables of an environment. Throws a ConfigError that names the first setting it cannot accept. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('CHANCERY_') && value !== undefined);
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw configError(parsed.error);
  const set = parsed.data;
  const issuer = set.CHANCERY_ISSUER ?? `http://127.0.0.1:${set.CHANCERY_PORT}`;
  const problem = issuerProblem(issuer);
  if (problem !== undefined) throw new ConfigError('CHANCERY_ISSUER', problem);
  // Secrets and tokens would cross the network in the clear. Behind a proxy that ends TLS the issuer is an https one.
  if (issuer.startsWith('http:') && !isLoopback(set.CHANCERY_HOST))
    throw new ConfigError('CHANCERY_HOST', 'must be a loopback address (127.0.0.1, ::1, localhost) unless CHANCERY_ISSUER is https');
  const masterKey = masterKeyOf(set.CHANCERY_MASTER_KEY, set.CHANCERY_MASTER_KEY_FILE);
  return {
    host: set.CHANCERY_HOST,
    port: set.CHANCERY_PORT,
    metricsPort: set.CHANCERY_METRICS_PORT,
    dataDir: resolve(set.CHANCERY_DATA ?? '.chancery'),
    dataDirIsDefault: set.CHANCERY_DATA === undefined,
    issuer,
    ...(set.CHANCERY_DATABASE_URL !== undefined && { databaseUrl: set.CHANCERY_DATABASE_URL }),
    ...(masterKey && { masterKey }),
    logLevel: set.CHANCERY_LOG_LEVEL,
    stalenessBudget: set.CHANCERY_STALENESS_BUDGET,
    storeAwayBudget: set.CHANCERY_STORE_AWAY_BUDGET,
    signingAlgorithm: set.CHANCERY_SIGNING_ALGORITHM,
    connections: set.CHANCERY_CONNECTIONS,
    lanes: set.CHANCERY_LANES,
  };
}

// Our own messages only: zod's may quote what was set, and that may be a password.
function configError({ issues }: z.ZodError): ConfigError {
  const issue = issues[0];
  if (issue?.code === 'unrecognized_keys') return new ConfigError(issue.keys[0] ?? 'CHANCERY_?', 'is not a setting');
  return new ConfigError(String(issue?.path[0]), issue?.message ?? 'is not acceptable');
}

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');

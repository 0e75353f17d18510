import { z } from 'zod';
import { nothingAllowed, parseAllowedTargets } from '../outbound/allowed-targets.js';
import { ConfigError } from './config.js';
import { isLoopback, issuerProblem } from './issuer.js';

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const oneOf = <const Names extends readonly string[]>(...names: Names) => z.enum(names, `must be one of ${names.join(', ')}`);

const postgresUrl = z.string().refine((text) => ['postgres:', 'postgresql:'].includes(protocolOf(text)), 'must be a postgres:// URL');

const filled = (problem: string) => z.string().min(1, problem).max(1_024, problem);

const baseUrls = z
  .string()
  .max(4_096)
  .transform((list) => list.split(','))
  .refine((urls) => urls.every(isBaseUrl), 'must be the http or https address of a service, or several with commas between')
  .transform((urls) => urls as [string, ...string[]]);

/** Every setting there is. What is not in here, or is not one of the process that starts, stops the start (design §12). */
export const settings = {
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
  CHANCERY_FETCH_ALLOW: z
    .string()
    .max(4_096)
    .transform(parseAllowedTargets)
    .refine((allowed) => allowed !== undefined, 'must be host names in lower case and networks such as 10.1.0.0/16, with commas between')
    .default(nothingAllowed),
  CHANCERY_SPOOL_MEGABYTES: whole(1, 100_000).default(64),
  CHANCERY_SECRETS: filled('must name a folder').optional(),
  CHANCERY_KAFKA: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,255}:\d{1,5}(,[A-Za-z0-9._-]{1,255}:\d{1,5}){0,15}$/, 'must be host:port, or several with commas between'),
  CHANCERY_KAFKA_TLS: oneOf('on', 'off').default('on'),
  CHANCERY_KAFKA_CA_FILE: filled('must name a file').optional(),
  CHANCERY_KAFKA_TOPOLOGY: oneOf('production', 'development').default('production'),
  CHANCERY_KAFKA_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,64}$/, 'must be at most 64 of A-Z a-z 0-9 . _ -')
    .default(''),
  CHANCERY_GATEWAY_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . -')
    .optional(),
  CHANCERY_REGISTRATION_URL: baseUrls,
  CHANCERY_TOKEN_URL: baseUrls,
  CHANCERY_EXCHANGE_URL: baseUrls,
  CHANCERY_AUDIT_URL: baseUrls,
} as const;

/** Some of the settings by name. */
export type Named<Names extends keyof typeof settings> = { [Name in Names]: z.output<(typeof settings)[Name]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables this process was started with. */
export const environment = (): Environment => process.env;

/** The environment without our settings: for a process that is told its own. */
export const withoutSettings = (): Environment =>
  Object.fromEntries(Object.entries(environment()).filter(([name]) => !name.startsWith('CHANCERY_')));

/** Reads these settings among the variables of an environment. Throws a ConfigError that names the first one it cannot accept. */
export function readSettings<const Names extends keyof typeof settings>(names: readonly Names[], env: Environment): Named<Names> {
  const shape = Object.fromEntries(names.map((name) => [name, settings[name]]));
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('CHANCERY_') && value !== undefined);
  const parsed = z.strictObject(shape).safeParse(Object.fromEntries(given));
  if (!parsed.success) throw configError(parsed.error);
  return parsed.data as Named<Names>;
}

/** The issuer as it was set, and a host that does not contradict it. Throws a ConfigError. */
export function checkedIssuer(issuer: string, host: string): string {
  const problem = issuerProblem(issuer);
  if (problem !== undefined) throw new ConfigError('CHANCERY_ISSUER', problem);
  // Secrets and tokens would cross the network in the clear. Behind a proxy that ends TLS the issuer is an https one.
  if (issuer.startsWith('http:') && !isLoopback(host))
    throw new ConfigError('CHANCERY_HOST', 'must be a loopback address (127.0.0.1, ::1, localhost) unless CHANCERY_ISSUER is https');
  return issuer;
}

// Our own messages only: zod's may quote what was set, and that may be a password.
function configError({ issues }: z.ZodError): ConfigError {
  const issue = issues[0];
  if (issue?.code === 'unrecognized_keys') return new ConfigError(issue.keys[0] ?? 'CHANCERY_?', 'is not a setting');
  if (issue?.code === 'invalid_type') return new ConfigError(String(issue.path[0]), 'must be set');
  return new ConfigError(String(issue?.path[0]), issue?.message ?? 'is not acceptable');
}

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && `${username}${password}${search}${hash}` === '' && pathname === '/';
}

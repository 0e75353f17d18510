import type { AllowedTargets } from '../outbound/allowed-targets.js';
import type { Secret } from '../secret.js';

/** What can be set, already checked. Times are whole seconds. */
export interface Config {
  /** Address the door listens on. */
  readonly host: string;
  readonly port: number;
  /** 0: any free port. */
  readonly metricsPort: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Nobody asked for this folder, so a part of it may have to lie elsewhere. */
  readonly dataDirIsDefault: boolean;
  /** One constant for metadata, tokens and every audience check, byte for byte (META-03). */
  readonly issuer: string;
  /** Absent: an embedded PostgreSQL in the data folder. */
  readonly databaseUrl?: string;
  /** 32 bytes. Absent: `<data>/master.key`, see `openMasterKey`. */
  readonly masterKey?: Secret;
  readonly logLevel: LogLevel;
  /** How old a gateway's revocation set may be before it denies. */
  readonly stalenessBudget: number;
  /** The same while the feed says that the store itself is away; 0 forbids. */
  readonly storeAwayBudget: number;
  readonly signingAlgorithm: 'ES256' | 'Ed25519';
  /** Size of each service's pool for reading. */
  readonly connections: number;
  /** Group commits in flight per service. */
  readonly lanes: number;
  /** What is not public and may be fetched from all the same. */
  readonly fetchAllow: AllowedTargets;
  /** What a gateway's activity may take on disk while the bus is away. */
  readonly spoolBytes: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A setting that stops the start: one line, beginning with the setting's name and never holding its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(
    readonly setting: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${setting}: ${problem}`, options);
  }
}

import type { KeyObject } from 'node:crypto';
import type { Bus } from '@chancery/eventstore';
import type { Log, Refusals, ServiceName, SigningKey, Target } from '@chancery/platform';
import type { AlarmReason } from './revocations/alarm.js';
import type { RevocationFeed } from './revocations/feed.js';
import type { ReserveProof } from './enforce/use-proof.js';
import type { Budgets, Route } from './routes/route.js';

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Its name, unique among gateways, and the same after a restart: 1 to 64 of A-Z a-z 0-9 _ . - */
  readonly name: string;
  /** From configuration: `iss` of every token, base of every `htu`. */
  readonly issuer: string;
  /** Seconds, for every built-in route. */
  readonly budgets: Budgets;
  readonly bus: Bus;
  /** The issuer's `/jwks`, parsed; see `httpJwks`. */
  readonly fetchKeys: () => Promise<unknown>;
  /** The token service's `/revocations/feed`; see `httpFeed`. */
  readonly feed: RevocationFeed;
  /** The token service's `/proofs`, see `httpProofs`: where any route, such as the operators', says `replay: everywhere`. */
  readonly reserveProof?: ReserveProof;
  /** Where activity records wait while the bus is away; without it their calls are denied. */
  readonly spool?: SpoolSettings;
  /** Public Ed25519 keys of purpose `revocation` by `kid`, pinned by configuration and never fetched. */
  readonly revocationKeys: (kid: string) => KeyObject | undefined;
  /** The active key of purpose `service-gateway`. */
  readonly serviceKey: () => SigningKey;
  /** Where the services are that routes name. */
  readonly services: Readonly<Partial<Record<ServiceName, Target>>>;
  readonly refusals: Refusals;
  readonly log: Log;
  /** Protected besides `/admin/v1` and `/demo`. */
  readonly routes?: readonly Route[];
  /** Proofs remembered at most; a million unless told. */
  readonly proofs?: number;
  readonly onAlarm?: (reason: AlarmReason) => void;
  /** Seconds, from any start; the process's own monotonic clock unless told. */
  readonly monotonic?: () => number;
}

export interface SpoolSettings {
  /** Closed to everybody but this process's user; several gateways may share it, each has a folder of its own in it. On one machine's own disk. */
  readonly folder: string;
  /** The most it may hold; at least 128 KiB. */
  readonly maxBytes: number;
  /** Milliseconds the bus may take before a record goes to the spool; 1 000 unless told. */
  readonly patience?: number;
}

import type { ChanceryEvent } from '@chancery/events';

/** The events that are published for SIEMs: issuances, revocations, and what becomes of registrations. */
export const siemTypes = [
  'grant.token-issued',
  'grant.token-exchanged',
  'grant.revoked',
  'agent.revoked',
  'agent.approved',
  'agent.suspended',
  'agent.resumed',
  'agent.registration-replaced',
  'agent.renewed',
  'agent.expired',
  'agent.key-removed',
  'agent.secret-rotated',
  'agent.credentials-reissued',
  'agent.deleted',
  'iat.revoked',
  'key.revoked',
] as const satisfies readonly ChanceryEvent['type'][];

export type SiemType = (typeof siemTypes)[number];
export type SiemEvent = Extract<ChanceryEvent, { type: SiemType }>;

export type Issuance = Extract<SiemEvent, { type: 'grant.token-issued' | 'grant.token-exchanged' }>;

/** An entry of the log, as far as a record for SIEMs is made of it. Times are milliseconds since 1970. */
export interface SiemEntry<Event extends SiemEvent = SiemEvent> {
  readonly tenant: string;
  /** The log's own number. */
  readonly position: number;
  /** Event id. */
  readonly id: string;
  /** Of the event as it was recorded. */
  readonly version: number;
  readonly decidedAt: number;
  readonly loggedAt: number;
  readonly event: Event;
  /** Of the end of a grant: how the grant began, if the log has it. */
  readonly began?: Issuance;
}

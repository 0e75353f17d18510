import type { SiemEntry, SiemType } from './siem-entry.js';

/** A record of OCSF 1.8.0. */
export type Ocsf = Readonly<Record<string, unknown>>;

/** `[class_uid, activity_id]`. */
export type Activity = readonly [classUid: number, activityId: number];

/** Which service decides an event of that type. */
const services: Readonly<Record<SiemType, string>> = {
  'grant.token-issued': 'token',
  'grant.token-exchanged': 'exchange',
  'grant.revoked': 'token',
  'agent.revoked': 'registration',
  'agent.approved': 'registration',
  'agent.suspended': 'registration',
  'agent.resumed': 'registration',
  'agent.registration-replaced': 'registration',
  'agent.renewed': 'registration',
  'agent.expired': 'registration',
  'agent.key-removed': 'registration',
  'agent.secret-rotated': 'registration',
  'agent.credentials-reissued': 'registration',
  'agent.deleted': 'registration',
  'iat.revoked': 'registration',
  'key.revoked': 'token',
};

/** Of the profile `security_control` (SIEM-07). */
export type Outcome = (typeof outcomes)[keyof typeof outcomes];

export const outcomes = {
  allowed: { action_id: 1, disposition_id: 1 },
  /** The schema names "Access Revoked" among the dispositions of the action Denied. */
  accessRevoked: { action_id: 2, disposition_id: 24 },
} as const;

/** What is the same for every record of a kind. */
export interface Kind {
  readonly activity: Activity;
  readonly outcome?: Outcome;
}

/** What all of them have (SIEM-01, SIEM-02). Something that was recorded has succeeded (SIEM-06) and is of severity 1 (SIEM-08). */
export function base(entry: SiemEntry, { activity: [classUid, activityId], outcome }: Kind, release: string): Ocsf {
  const { event } = entry;
  return {
    category_uid: Math.floor(classUid / 1_000),
    class_uid: classUid,
    activity_id: activityId,
    type_uid: classUid * 100 + activityId,
    severity_id: 1,
    status_id: 1,
    ...outcome,
    time: entry.decidedAt,
    metadata: {
      version: '1.8.0',
      ...(outcome && { profiles: ['security_control'] }),
      product: { name: 'Chancery', version: release, feature: { name: services[event.type] } },
      uid: entry.id,
      sequence: entry.position,
      logged_time: entry.loggedAt,
      tenant_uid: entry.tenant,
      event_code: `chancery.${event.type}.v${entry.version}`,
      ...('txn' in event && { correlation_uid: event.txn }),
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { BusRecord } from '@chancery/eventstore';
import { type ActivityRecord, type ChanceryEvent, encodeEvent, topics } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';

/** Microseconds since 1970 of the first record; each later one is a microsecond younger. */
export const firstAt = 1_790_000_000_000_001;

/** A record as the bus carries it. */
export function recordOf(event: ChanceryEvent | ActivityRecord, given: Partial<BusRecord> = {}): BusRecord {
  const { type, version, data } = encodeEvent(event);
  const source = given.source ?? 'main/gateway/gw-1';
  return { topic: topics.activity, key: 'k', id: randomUUID(), source, type, version, subject: 's', time: firstAt, data, ...given };
}

export const messageOf = <Event extends ChanceryEvent | ActivityRecord>(
  event: Event,
  given: Partial<BusRecord> = {},
): BusMessage<Event> => ({
  record: recordOf(event, given),
  event,
});

export const allowed = (number: number, change: Partial<Extract<ActivityRecord, { type: 'activity.allowed' }>> = {}): ActivityRecord => ({
  type: 'activity.allowed',
  gateway: 'gw-1',
  run: 'run-1',
  number,
  requestId: `rq_${number}`,
  method: 'GET',
  path: '/demo/notes',
  decision: 'allowed',
  status: 200,
  agent: 'ag_1',
  ...change,
});

export const issued = (change: Partial<Extract<ChanceryEvent, { type: 'grant.token-issued' }>> = {}): ChanceryEvent => ({
  type: 'grant.token-issued',
  grantId: 'gr_1',
  grantType: 'client_credentials',
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['demo:read'],
  audience: 'https://id.example/demo',
  jti: 'tk_1',
  txn: 'tx_1',
  expiresAt: 1_790_000_600,
  iatId: 'it_1',
  kid: 'k1',
  ...change,
});

export const exchanged: ChanceryEvent = {
  type: 'grant.token-exchanged',
  grantId: 'gr_2',
  parent: 'gr_1',
  parentJti: 'tk_1',
  agentId: 'ag_2',
  subject: 'ag_3',
  subjectProfile: 'ai_agent',
  scope: ['demo:read'],
  audience: 'https://id.example/demo',
  handOver: 'same_key',
  jti: 'tk_2',
  txn: 'tx_1',
  expiresAt: 1_790_000_600,
  kid: 'k1',
  lineage: [{ grant: 'gr_1', agent: 'ag_1', kid: 'k1' }],
};

export const acknowledged = (change: Partial<Extract<ActivityRecord, { type: 'gateway.acknowledged' }>> = {}) => ({
  type: 'gateway.acknowledged' as const,
  gateway: 'gw-1',
  run: 'run-1',
  appliedThrough: 1_790_000_000_000_000,
  entries: 3,
  ...change,
});

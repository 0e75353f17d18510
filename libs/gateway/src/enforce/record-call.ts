import { randomUUID } from 'node:crypto';
import type { BusRecord } from '@chancery/eventstore';
import { type ActivityRecord, encodeEvent, mainTenant, topics } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import type { Route } from '../routes/route.js';
import type { Spool } from '../spool/spool.js';
import type { Call } from './call.js';

type CallRecord = Extract<ActivityRecord, { type: 'activity.allowed' | 'activity.denied' }>;

export interface RecorderDeps {
  readonly gateway: string;
  /** This start of the gateway: its numbering begins anew. */
  readonly run: string;
  readonly spool: Pick<Spool, 'publish' | 'state'>;
  /** What does not reach the bus has somewhere to wait: then a route that goes without that says nothing about the others. */
  readonly spooled: boolean;
  /** Seconds, by the database's clock. */
  readonly now: () => number;
}

export interface Outcome {
  readonly decision: 'allowed' | 'denied';
  /** HTTP status that is answered. */
  readonly status: number;
  readonly reason?: string;
}

/**
 * Makes the activity record of a call (GW-18). Resolves when it is durable: the answer waits for it.
 * @throws OAuthError 503 when it could not be recorded; its number stays used, so that the loss shows as a gap
 */
export type RecordCall = (call: Call, outcome: Outcome) => Promise<void>;

export interface CallRecorder {
  readonly record: RecordCall;
  /**
   * Before a call is let through: throws OAuthError 503 where its record would find no place, for what an API does then would be done unrecorded.
   * A `safe` call finds out by itself whether records can be made again.
   */
  readonly mustWork: (route: Route, safe: boolean) => void;
}

export function callRecorder({ gateway, run, spool, spooled, now }: RecorderDeps): CallRecorder {
  let number = 0;
  /** Why the last record could not be made; `everywhere` when no route could have made one. */
  let lost: { readonly error: OAuthError; readonly everywhere: boolean } | undefined;
  return {
    async record(call, outcome) {
      number += 1;
      const event: CallRecord = { ...describe(call, outcome), gateway, run, number };
      const unrecorded = unrecordedBy(call, outcome);
      try {
        await spool.publish([asRecord(event, now())], unrecorded);
        lost = undefined;
      } catch (cause) {
        lost = { error: unavailable(cause), everywhere: !spooled || unrecorded === 'spool' };
        throw lost.error;
      }
    },
    // The denial this leads to is recorded itself, and so finds out when it can be again.
    mustWork({ unrecorded }, safe) {
      if (!safe && lost && (lost.everywhere || unrecorded === 'deny')) throw lost.error;
      const state = spool.state();
      if (state === 'full' || (state === 'spooling' && unrecorded === 'deny')) throw unavailable();
    },
  };
}

/** A denial lets nothing through: its record may wait whatever the route says, and so leaves no gap. */
const unrecordedBy = ({ match }: Call, { decision }: Outcome): Route['unrecorded'] =>
  decision === 'allowed' && match ? match.route.unrecorded : 'spool';

const unavailable = (cause?: unknown): OAuthError =>
  new OAuthError('temporarily_unavailable', { refusal: 'record_unavailable', retryAfter: 1, cause });

function describe(call: Call, { decision, status, reason }: Outcome): Omit<CallRecord, 'gateway' | 'run' | 'number'> {
  const { match } = call;
  return {
    type: decision === 'allowed' ? 'activity.allowed' : 'activity.denied',
    decision,
    status,
    ...(reason !== undefined && { reason }),
    requestId: call.requestId,
    method: call.method,
    path: call.path ?? '',
    ...(match && { route: `${match.operation.method} ${match.template}`, resource: match.route.resource }),
    ...attribution(call),
    ...stated(call),
    source: call.source,
  };
}

/** What is said about the call: the agent's own key vouches for what is inside its proof (GW-25); without that, baggage counts (GW-26). */
function stated({ proof, baggage }: Call): Pick<CallRecord, 'agentContext'> {
  if (proof?.agentContext) return { agentContext: { ...proof.agentContext, vouchedBy: 'agent_key' } };
  return baggage ? { agentContext: baggage } : {};
}

/** Who, by what was verified: the server vouches for all of it. */
function attribution({ token }: Call): Partial<CallRecord> {
  if (token === undefined) return {};
  const { claims, scope } = token;
  return {
    ...(claims.sub_profile === 'user' && { user: claims.sub }),
    agent: claims.client_id,
    ...(claims.cnf && { instance: claims.cnf.jkt }),
    grant: claims.grant_id,
    jti: claims.jti,
    scope: [...scope],
    ...(claims.lineage && { lineage: claims.lineage.slice(0, 16).map(({ grant }) => grant) }),
  };
}

function asRecord(event: CallRecord, seconds: number): BusRecord {
  const { type, version, data } = encodeEvent(event);
  const subject = event.agent ?? event.gateway;
  return {
    topic: topics.activity,
    key: subject,
    id: randomUUID(),
    source: `${mainTenant}/gateway/${event.gateway}`,
    type,
    version,
    subject,
    time: Math.round(seconds * 1e6),
    data,
  };
}

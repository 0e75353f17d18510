import { base, type Ocsf, outcomes } from './base.js';
import type { Issuance, SiemEntry } from './siem-entry.js';
import { aiAgent, subjectOf } from './users.js';

/** Authentication: Service Ticket Request. An access token is what Kerberos, whose words these are, calls a service ticket. */
const kind = { activity: [3002, 4], outcome: outcomes.allowed } as const;

/** One access token was issued: for credentials, or in exchange for another one. */
export function issuance(entry: SiemEntry<Issuance>, release: string): Ocsf {
  const { event } = entry;
  const itself = event.agentId === event.subject;
  return {
    ...base(entry, kind, release),
    auth_protocol_id: 6,
    user: subjectOf(event),
    actor: {
      user: itself ? subjectOf(event) : aiAgent(event.agentId),
      app_uid: event.agentId,
      ...(event.proofKey !== undefined && { session: { uid: event.proofKey } }),
    },
    // What the token is for: this class has no `resources`.
    service: { uid: event.audience },
    authentication_token: { uid: event.jti, type_id: 99, type: 'Access Token', expiration_time: event.expiresAt * 1_000 },
    unmapped: { ...unmappedOf(event), roll: { position: entry.position } },
  };
}

/** Under the names of SIEM-11. */
function unmappedOf(event: Issuance): Ocsf {
  const { vouchedBy, ...context } = event.agentContext ?? {};
  return {
    grant_id: event.grantId,
    scope: event.scope,
    ...(event.scopeRequested !== undefined && { scope_requested: event.scopeRequested }),
    ...(event.proofKey !== undefined && { cnf_jkt: event.proofKey }),
    ...(event.iatId !== undefined && { iat_id: event.iatId }),
    ...(event.type === 'grant.token-exchanged' && {
      act_chain: [event.agentId, ...event.lineage.map(({ agent }) => agent)],
      lineage: event.lineage,
      hand_over: event.handOver,
    }),
    ...(vouchedBy !== undefined && { agent_context: context, vouched_by: { agent_context: vouchedBy } }),
  };
}

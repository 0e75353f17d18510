import type { GrantEvent } from '@chancery/events';
import type { AgentState } from '../agent/agent.decider.js';
import { rightsOf, standing, type StandingRefusal } from '../agent/rights.js';
import { resourceOf, type ConfigState } from '../config/config.decider.js';
import { decided, type Decision, refuse } from '../decision.js';
import { both, within } from '../sets.js';
import type { AgentContext } from './issue-token.js';

type TokenExchanged = Extract<GrantEvent, { type: 'grant.token-exchanged' }>;

/** The subject token, verified: only what the signature vouches for. */
export interface SubjectToken {
  readonly grantId: string;
  readonly jti: string;
  readonly txn: string;
  readonly clientId: string;
  readonly subject: string;
  readonly subjectProfile: TokenExchanged['subjectProfile'];
  readonly scope: readonly string[];
  readonly audience: string;
  /** Seconds. */
  readonly expiresAt: number;
  readonly proofKey?: string;
  readonly iatId?: string;
  readonly software?: string;
  readonly kid: string;
  readonly lineage: TokenExchanged['lineage'];
  readonly delegated: boolean;
}

/** Asks for a narrower token under the agent's own one (RFC 8693). */
export interface ExchangeToken {
  readonly at: number;
  readonly grantId: string;
  readonly jti: string;
  readonly kid: string;
  readonly subject: SubjectToken;
  readonly scope?: readonly string[];
  readonly audience?: string;
  /** `requested_expires_in`, seconds (EXC-12a). */
  readonly expiresIn?: number;
  readonly proofKey?: string;
  readonly agentContext?: AgentContext;
}

export type ExchangeRefusal =
  | StandingRefusal
  | 'auth_method_not_allowed'
  | 'key_not_allowed'
  | 'grant_not_allowed'
  | 'not_entitled'
  | 'actor_required'
  | 'binding_missing'
  | 'binding_mismatch'
  | 'proof_missing'
  | 'audience_exceeds_parent'
  | 'audience_not_allowed'
  | 'scope_exceeds_parent'
  | 'scope_empty'
  | 'lineage_too_deep'
  | 'subject_expired';

/** Hops of a result's lineage: standards.md, "delegation depth". */
const deepestLineage = 8;

/** Decides on a child grant. Authority only narrows: scope, audience, life and binding are cut to the parent's (rule 5). */
export function exchangeToken(
  command: ExchangeToken,
  basis: { agent: AgentState; config: ConfigState },
): Decision<TokenExchanged, ExchangeRefusal, readonly [TokenExchanged]> {
  const { agent, config } = basis;
  const { subject, at } = command;
  const unfit = standing(agent, at);
  if (unfit || agent.status === 'unknown') return refuse(unfit ?? 'agent_unknown');
  const rights = rightsOf(agent, config);
  if (!rights.grantTypes.includes('urn:ietf:params:oauth:grant-type:token-exchange')) return refuse('grant_not_allowed');
  if (!rights.authMethodAllowed) return refuse('auth_method_not_allowed');
  if (!rights.keysAllowed) return refuse('key_not_allowed');
  if (subject.clientId !== agent.agentId) return refuse('not_entitled');
  // Acting for somebody else needs a policy, and there is none yet: a chain is kept whole or refused, never shortened (ACT-06).
  if (subject.delegated || subject.subject !== agent.agentId) return refuse('actor_required');
  const unbound = judgeBinding(subject.proofKey, command.proofKey, rights.dpopRequired);
  if (unbound) return refuse(unbound);
  const audience = command.audience ?? subject.audience;
  if (audience !== subject.audience) return refuse('audience_exceeds_parent');
  const resource = resourceOf(config, audience);
  if (!resource || !rights.audiences.includes(audience)) return refuse('audience_not_allowed');
  const allowed = both(both(subject.scope, rights.scope), resource.scope);
  if (command.scope && !within(command.scope, allowed)) return refuse('scope_exceeds_parent');
  const scope = command.scope ?? allowed;
  if (scope.length === 0) return refuse('scope_empty');
  const lineage = [parentHop(subject), ...subject.lineage];
  if (lineage.length > deepestLineage) return refuse('lineage_too_deep');
  const lifetime = Math.min(rights.accessTokenLifetime, command.expiresIn ?? Infinity);
  const expiresAt = Math.min(at + lifetime, subject.expiresAt, agent.leaseEndsAt ?? Infinity);
  if (expiresAt <= at) return refuse('subject_expired');
  return decided({
    type: 'grant.token-exchanged',
    grantId: command.grantId,
    parent: subject.grantId,
    parentJti: subject.jti,
    agentId: agent.agentId,
    subject: subject.subject,
    subjectProfile: subject.subjectProfile,
    scope: [...scope],
    ...(command.scope && { scopeRequested: [...command.scope] }),
    audience,
    ...(command.proofKey !== undefined && { proofKey: command.proofKey }),
    ...(subject.proofKey !== undefined && { subjectProofKey: subject.proofKey }),
    handOver: subject.proofKey === undefined ? 'unbound' : 'same_key',
    jti: command.jti,
    txn: subject.txn,
    expiresAt,
    ...(agent.iatId !== undefined && { iatId: agent.iatId }),
    ...(agent.class !== undefined && { class: agent.class }),
    kid: command.kid,
    lineage,
    ...(command.agentContext && { agentContext: { ...command.agentContext, vouchedBy: 'agent_key' } }),
  });
}

/** Bound in, bound out: the requester proves the subject token's own key (HND-02, HND-03); another key needs a hand-over. */
function judgeBinding(subjectKey: string | undefined, proven: string | undefined, required: boolean): ExchangeRefusal | undefined {
  if (subjectKey !== undefined && proven === undefined) return 'binding_missing';
  if (subjectKey !== undefined && proven !== subjectKey) return 'binding_mismatch';
  if (proven === undefined && required) return 'proof_missing';
  return undefined;
}

const parentHop = (subject: SubjectToken): TokenExchanged['lineage'][number] => ({
  grant: subject.grantId,
  agent: subject.clientId,
  ...(subject.proofKey !== undefined && { key: subject.proofKey }),
  ...(subject.iatId !== undefined && { iat_id: subject.iatId }),
  kid: subject.kid,
  ...(subject.software !== undefined && { sw: subject.software }),
});

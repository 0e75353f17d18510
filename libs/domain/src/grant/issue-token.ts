import type { GrantEvent } from '@chancery/events';
import type { AgentState } from '../agent/agent.decider.js';
import { rightsOf, standing, type StandingRefusal } from '../agent/rights.js';
import { resourceOf, type ConfigState } from '../config/config.decider.js';
import { decided, type Decision, refuse } from '../decision.js';
import { both, within } from '../sets.js';

/** Asks for an access token in the agent's own name (RFC 6749 §4.4). */
export interface IssueToken {
  /** Seconds, by the database's clock. */
  readonly at: number;
  readonly grantId: string;
  readonly jti: string;
  readonly txn: string;
  /** The signing key that will sign. */
  readonly kid: string;
  readonly scope?: readonly string[];
  /** Absent: the agent's single audience. */
  readonly audience?: string;
  readonly proofKey?: string;
  readonly agentContext?: AgentContext;
}

/** What the agent said inside the proof of its request: its own key vouches for that. */
export type AgentContext = Omit<NonNullable<TokenIssued['agentContext']>, 'vouchedBy'>;

export type IssueRefusal =
  | StandingRefusal
  | 'auth_method_not_allowed'
  | 'key_not_allowed'
  | 'grant_not_allowed'
  | 'proof_missing'
  | 'audience_ambiguous'
  | 'audience_not_allowed'
  | 'scope_exceeds_agent'
  | 'scope_empty';

type TokenIssued = Extract<GrantEvent, { type: 'grant.token-issued' }>;

/** Decides on a new grant with its one token. Nothing that was asked for is narrowed in silence. */
export function issueToken(
  command: IssueToken,
  basis: { agent: AgentState; config: ConfigState },
): Decision<TokenIssued, IssueRefusal, readonly [TokenIssued]> {
  const { agent, config } = basis;
  const unfit = standing(agent, command.at);
  if (unfit || agent.status === 'unknown') return refuse(unfit ?? 'agent_unknown');
  const rights = rightsOf(agent, config);
  if (!rights.grantTypes.includes('client_credentials')) return refuse('grant_not_allowed');
  if (!rights.authMethodAllowed) return refuse('auth_method_not_allowed');
  if (!rights.keysAllowed) return refuse('key_not_allowed');
  if (rights.dpopRequired && command.proofKey === undefined) return refuse('proof_missing');
  const audience = command.audience ?? (rights.audiences.length === 1 ? rights.audiences[0] : undefined);
  if (audience === undefined) return refuse('audience_ambiguous');
  const resource = resourceOf(config, audience);
  if (!resource || !rights.audiences.includes(audience)) return refuse('audience_not_allowed');
  const allowed = both(rights.scope, resource.scope);
  if (command.scope && !within(command.scope, allowed)) return refuse('scope_exceeds_agent');
  const scope = command.scope ?? allowed;
  if (scope.length === 0) return refuse('scope_empty');
  return decided({
    type: 'grant.token-issued',
    grantId: command.grantId,
    grantType: 'client_credentials',
    agentId: agent.agentId,
    subject: agent.agentId,
    subjectProfile: agent.profile,
    scope: [...scope],
    ...(command.scope && { scopeRequested: [...command.scope] }),
    audience,
    ...(command.proofKey !== undefined && { proofKey: command.proofKey }),
    jti: command.jti,
    txn: command.txn,
    expiresAt: Math.min(command.at + rights.accessTokenLifetime, agent.leaseEndsAt ?? Infinity),
    ...(agent.iatId !== undefined && { iatId: agent.iatId }),
    ...(agent.class !== undefined && { class: agent.class }),
    kid: command.kid,
    ...(command.agentContext && { agentContext: { ...command.agentContext, vouchedBy: 'agent_key' } }),
  });
}

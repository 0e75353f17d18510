import { agent, type AgentRefusal, type ConfigState, type Giver, iat, type KnownAgent, rightsOf, standing } from '@chancery/domain';
import { type EventStore, KeptChanging } from '@chancery/eventstore';
import { canNameStream, streamName } from '@chancery/events';
import { formatScope, OAuthError } from '@chancery/oauth';
import type { Definer } from '../settings/settings.js';
import { act, type Acted, type Caller, operatorKeys, readConfig } from '@chancery/platform';

export interface AgentCommand {
  readonly type: 'suspend-agent' | 'resume-agent' | 'revoke-agent';
  readonly agentId: string;
  readonly reason: string;
}

/** How often an act begins anew while its agent changes its own registration: nobody outruns his end. */
const persistence = 32;

/** Suspends, resumes or ends an agent. @throws OAuthError for a refusal, StoreUnavailable */
export async function commandAgent(command: AgentCommand, operator: Caller, store: EventStore): Promise<Acted> {
  for (let left = persistence; ; left--) {
    try {
      return await actOn(command, operator, store);
    } catch (error) {
      if (left === 0 || !(error instanceof KeptChanging)) throw error;
    }
  }
}

/** Lets in an agent that waits for it. Nobody lets another have more of the operators' API than he has. */
export async function approveAgent(
  named: Omit<AgentCommand, 'type'>,
  { operator, operatorsApi }: Definer,
  store: EventStore,
): Promise<Acted> {
  const { state: config } = await readConfig(store, 'fresh');
  return actOn({ type: 'approve-agent', ...named, operatorScope: operator.scope, operatorsApi, config }, operator, store);
}

type Approval = { readonly type: 'approve-agent'; readonly config: ConfigState } & Giver & Omit<AgentCommand, 'type'>;

function actOn({ agentId, ...command }: AgentCommand | Approval, operator: Caller, store: EventStore): Promise<Acted> {
  if (!canNameStream(agentId)) throw unknownAgent();
  return act({
    store,
    stream: streamName('agent', agentId),
    decider: agent,
    command: { ...command, by: operator.clientId },
    notRevoked: operatorKeys(operator),
    refuse: (refusal) => refusals[refusal](),
  });
}

const unknownAgent = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'agent_unknown', status: 404, description: 'there is no such agent' });

const refusals = {
  agent_unknown: unknownAgent,
  agent_pending: () =>
    new OAuthError('invalid_request', {
      refusal: 'agent_pending',
      status: 409,
      description: 'the agent waits for approval: approve or revoke it',
    }),
  agent_suspended: () =>
    new OAuthError('invalid_request', { refusal: 'agent_suspended', status: 409, description: 'the agent is suspended: resume it' }),
  scope_exceeds_operator: () =>
    new OAuthError('insufficient_scope', {
      refusal: 'scope_exceeds_operator',
      description: "nobody approves an agent with more of the operators' API than his own token holds",
    }),
  agent_revoked: () =>
    new OAuthError('invalid_request', { refusal: 'agent_revoked', status: 409, description: 'the agent was revoked, which is final' }),
  agent_deleted: () =>
    new OAuthError('invalid_request', { refusal: 'agent_deleted', status: 409, description: 'the agent was deleted, which is final' }),
} as const satisfies Record<AgentRefusal, () => OAuthError>;

/** One agent as its own stream says, with what it may have right now. */
export async function showAgent(agentId: string, store: EventStore): Promise<Record<string, unknown>> {
  if (!canNameStream(agentId)) throw unknownAgent();
  const { state } = await store.fold(streamName('agent', agentId), agent, 'fresh');
  if (state.status === 'unknown') throw unknownAgent();
  const [config, root] = await Promise.all([
    readConfig(store, 'fresh'),
    state.iatId === undefined ? undefined : store.fold(streamName('iat', state.iatId), iat, 'fresh'),
  ]);
  const rights = rightsOf(state, config.state);
  const ended = root?.state.status === 'revoked';
  return {
    client_id: state.agentId,
    ...(state.name !== undefined && { name: state.name }),
    status: statusOf(state, { ended, now: store.now() }),
    profile: state.profile,
    class: state.class,
    iat_id: state.iatId,
    lease_expires_at: state.leaseEndsAt,
    ...(state.graceEndsAt !== undefined && { grace_expires_at: state.graceEndsAt }),
    scope: formatScope(state.scope),
    auth_method: state.authMethod,
    ...(state.jwksUri !== undefined && { jwks_uri: state.jwksUri }),
    grant_types: state.grantTypes,
    audiences: state.audiences,
    dpop_bound: state.dpopBound,
    effective: {
      scope: formatScope(rights.scope),
      audiences: rights.audiences,
      grant_types: rights.grantTypes,
      dpop_required: rights.dpopRequired,
      access_token_lifetime: rights.accessTokenLifetime,
      auth_method_allowed: rights.authMethodAllowed,
      keys_allowed: rights.keysAllowed,
    },
  };
}

/** What ended first is said first: a deleted agent did not end with its initial access token. */
function statusOf(state: KnownAgent, { ended, now }: { ended: boolean; now: number }): KnownAgent['status'] | 'expired' {
  if (state.status === 'deleted') return 'deleted';
  if (ended) return 'revoked';
  return standing(state, now) === 'lease_expired' ? 'expired' : state.status;
}

import type { AgentEvent } from '@chancery/events';
import { agent, type AgentState } from '../agent/agent.decider.js';
import type { ConfigState } from '../config/config.decider.js';
import type { KnownIat } from '../iat/iat.decider.js';
import { classNow } from './writers.js';

type Of<Type extends AgentEvent['type']> = Extract<AgentEvent, { type: Type }>;
type Registered = Of<'agent.registered'>;

export const withGrace = (grace: number): ConfigState => classNow({ grace });
// Closed, expired and used up: it opened this registration, and what is to be replaced is there already.
export const iat: KnownIat = {
  status: 'closed',
  iatId: 'it_1',
  class: 'writers',
  uses: 1,
  expiresAt: 1_001,
  tokenHash: 'h'.repeat(43),
  mintedBy: 'op',
};
const jwks: NonNullable<Registered['jwks']> = [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }];
export const [firstRat, nextRat, lastRat] = ['1'.repeat(43), '2'.repeat(43), '3'.repeat(43)] as const;
export const [firstSecret, nextSecret] = ['s'.repeat(43), 't'.repeat(43)] as const;

export const registered: Registered = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  slot: 1,
  class: 'writers',
  name: 'Summariser',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks,
  grantTypes: ['client_credentials'],
  scope: ['notes:read'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  ratHash: firstRat,
  leaseEndsAt: 87_400,
  registeredAt: 1_000,
  by: 'it_1',
};
const { jwks: _jwks, ...keyless } = registered;
export const withSecret: Registered = { ...keyless, authMethod: 'client_secret_basic', secretHash: firstSecret };
const about = { agentId: 'ag_1', reason: 'odd calls', by: 'op' };
export const suspended: AgentEvent = { type: 'agent.suspended', ...about };
export const revoked: AgentEvent = { type: 'agent.revoked', ...about };
export const deleted: AgentEvent = { type: 'agent.deleted', agentId: 'ag_1', cause: 'client_request', by: 'ag_1' };

const gathered = { at: 2_000, iat, config: classNow(), rat: 'current' as const };
const rotating = { ratHash: nextRat, previousRatEndsAt: 2_060 };
export const read = { type: 'read-registration' as const, ...gathered };
export const end = { type: 'delete-agent' as const, ...gathered };
const mostChanges = 3;
export const rotate = {
  type: 'rotate-secret' as const,
  ...gathered,
  ...rotating,
  mostChanges,
  secretHash: nextSecret,
  previousSecretEndsAt: 5_600,
};
export const replace = {
  type: 'replace-registration' as const,
  ...gathered,
  ...rotating,
  mostChanges,
  asked: { authMethod: 'private_key_jwt' as const, jwks },
  newSecretHash: nextSecret,
  keysRemoved: [] as string[],
};
export const replaced: Of<'agent.registration-replaced'> = {
  type: 'agent.registration-replaced',
  agentId: 'ag_1',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks,
  grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  ...rotating,
  by: 'ag_1',
};
export const renewed: Of<'agent.renewed'> = { type: 'agent.renewed', agentId: 'ag_1', leaseEndsAt: 88_400, by: 'ag_1' };
export const rotated: Of<'agent.secret-rotated'> = {
  type: 'agent.secret-rotated',
  agentId: 'ag_1',
  secretHash: nextSecret,
  previousSecretEndsAt: 5_600,
  ...rotating,
  by: 'ag_1',
};
export const confirmed: AgentEvent = { type: 'agent.rat-confirmed', agentId: 'ag_1', by: 'ag_1' };
export const fold = (...history: AgentEvent[]): AgentState => history.reduce(agent.evolve, agent.initial);

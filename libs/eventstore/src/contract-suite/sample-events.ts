import { randomBytes } from 'node:crypto';
import type { AgentEvent, GrantEvent } from '@chancery/events';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `gr_` and a ULID of a moment, in milliseconds since 1970. */
export function grantIdAt(milliseconds: number): string {
  const time = Array.from({ length: 10 }, (_, place) => crockford[Math.floor(milliseconds / 32 ** (9 - place)) % 32]);
  return `gr_${[...time, ...Array.from(randomBytes(16), (byte) => crockford[byte % 32])].join('')}`;
}

export const newGrantId = () => grantIdAt(Date.now());
export const newId = (prefix: string) => `${prefix}_${randomBytes(10).toString('hex')}`;

export const agentRegistered = (agentId: string): AgentEvent => ({
  type: 'agent.registered',
  agentId,
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://api.example'],
  dpopBound: true,
  by: 'system',
});

/** A fence, and an entry of the revocation set that has a T. */
export const agentSuspended = (agentId: string): AgentEvent => ({ type: 'agent.suspended', agentId, reason: 'looks odd', by: 'operator' });
/** Neither. */
export const agentResumed = (agentId: string): AgentEvent => ({ type: 'agent.resumed', agentId, reason: 'was fine', by: 'operator' });

export const tokenIssued = (grantId: string, agentId = 'ag_1'): GrantEvent => ({
  type: 'grant.token-issued',
  grantId,
  grantType: 'client_credentials',
  agentId,
  subject: agentId,
  subjectProfile: 'ai_agent',
  scope: ['demo:read'],
  audience: 'https://api.example',
  jti: newId('jti'),
  txn: newId('txn'),
  expiresAt: 1_900_000_000,
  kid: 'k1',
});

/** A fence, and an entry of the revocation set for ever. */
export const grantRevoked = (grantId: string): GrantEvent => ({ type: 'grant.revoked', grantId, cause: 'operator', by: 'operator' });

export const tokenExchanged = (grantId: string, parent: string): GrantEvent => ({
  type: 'grant.token-exchanged',
  grantId,
  parent,
  parentJti: newId('jti'),
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['demo:read'],
  audience: 'https://api.example',
  handOver: 'same_key',
  jti: newId('jti'),
  txn: newId('txn'),
  expiresAt: 1_900_000_000,
  kid: 'k1',
  lineage: [{ grant: parent, agent: 'ag_1', kid: 'k1' }],
});

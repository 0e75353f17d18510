import { randomBytes } from 'node:crypto';
import { type Append, reservation } from '@chancery/eventstore';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { newId, sha256base64url } from '@chancery/platform';

export const issuer = 'https://id.example';

/** What issuances of the benches rest on. */
export interface Basis {
  readonly agentId: string;
  /** Revisions of the agent's stream and of the operators' settings. */
  readonly revisions: { readonly agent: number; readonly config: number };
}

const kid = 'k'.repeat(43);
const iatId = 'it_bench';

export interface SampleAgent {
  readonly agentId: string;
  readonly secret?: string;
  /** Its tokens are bound to its key. */
  readonly dpop?: boolean;
}

/** The registration of an agent of no class, which authenticates by its secret. */
export const registration = (agent: SampleAgent): Append => ({
  streams: [{ stream: streamName('agent', agent.agentId), expected: 0, events: [agentRegistered(agent)] }],
});

const agentRegistered = ({ agentId, secret, dpop = false }: SampleAgent): ChanceryEvent => ({
  type: 'agent.registered',
  agentId,
  iatId,
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  ...(secret !== undefined && { secretHash: sha256base64url(secret) }),
  grantTypes: ['client_credentials'],
  scope: ['demo:read', 'demo:write'],
  audiences: [`${issuer}/demo`],
  dpopBound: dpop,
  by: 'system',
});

export const tokenIssued = (grantId: string, agentId: string): ChanceryEvent => ({
  type: 'grant.token-issued',
  grantId,
  grantType: 'client_credentials',
  agentId,
  subject: agentId,
  subjectProfile: 'ai_agent',
  scope: ['demo:read', 'demo:write'],
  audience: `${issuer}/demo`,
  jti: newId('tk'),
  txn: newId('tx'),
  expiresAt: Math.floor(Date.now() / 1_000) + 600,
  iatId,
  kid,
});

/** An issuance that rests on nothing. */
export function plainIssuance(agentId: string): Append {
  const grantId = newId('gr');
  return { streams: [{ stream: streamName('grant', grantId), expected: 0, events: [tokenIssued(grantId, agentId)] }] };
}

/** The ordinary one: a proof used up, two streams unchanged, four keys not revoked. */
export const guardedIssuance = ({ agentId, revisions }: Basis): Append => ({
  ...plainIssuance(agentId),
  reserve: [reservation('dpop', [kid, randomBytes(16).toString('base64url')], Math.floor(Date.now() / 1_000) + 60)],
  unchanged: [
    { stream: streamName('agent', agentId), revision: revisions.agent },
    { stream: streamName('config', 'main'), revision: revisions.config },
  ],
  notRevoked: [
    { kind: 'agent', id: agentId },
    { kind: 'instance', id: kid },
    { kind: 'iat', id: iatId },
    { kind: 'key', id: kid },
  ],
});

import { config, type ConfigState, resourceOf } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { type AgentEvent, type ChanceryEvent, streamName } from '@chancery/events';
import { operatorScopes, operatorsApiOf } from '../settings/operators-api.js';

export interface FirstOperator {
  readonly clientId: string;
  /** Public members only. */
  readonly jwk: { kty: string; crv: string; x: string; y: string; kid: string; alg: string };
}

/** Data that was made for another public address: its tokens, resources and operator all name that one. */
export class WrongIssuer extends Error {
  override readonly name = 'WrongIssuer';
  constructor(readonly made: string) {
    super(`this data was made for the issuer ${made}`);
  }
}

/** Whether this store has had its first start; refuses one that was made for another issuer. */
export async function seeded(store: EventStore, issuer: string): Promise<boolean> {
  const { state, revision } = await store.fold(streamName('config', 'main'), config, 'fresh');
  if (revision === 0) return false;
  if (!resourceOf(state, operatorsApiOf(issuer).resource)) throw new WrongIssuer(madeFor(state));
  return true;
}

const madeFor = (state: ConfigState): string => {
  const admin = Object.keys(state.resources).find((resource) => resource.endsWith('/admin')) ?? '';
  return admin.slice(0, -'/admin'.length);
};

/**
 * What the first start appends as `system` (design §11): the resources, the class `default` and one operator, in one append.
 * @returns whether this call did it; of two first starts at once one does.
 */
export async function seed(store: EventStore, issuer: string, operator: FirstOperator): Promise<boolean> {
  const recorded = await store.append({
    streams: [
      { stream: streamName('config', 'main'), expected: 0, events: settings(issuer) },
      { stream: streamName('agent', operator.clientId), expected: 0, events: [registration(issuer, operator)] },
    ],
  });
  return recorded.outcome === 'recorded';
}

const settings = (issuer: string): readonly ChanceryEvent[] => [
  { type: 'config.resource-defined', resource: `${issuer}/admin`, name: "Operators' API", scope: [...operatorScopes], by: 'system' },
  { type: 'config.resource-defined', resource: `${issuer}/demo`, name: 'Demo notes', scope: ['demo:read', 'demo:write'], by: 'system' },
  {
    type: 'config.class-defined',
    class: 'default',
    profile: 'ai_agent',
    scope: ['demo:read', 'demo:write'],
    audiences: [`${issuer}/demo`],
    grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    authMethods: ['private_key_jwt', 'client_secret_basic'],
    dpopRequired: true,
    accessTokenLifetime: 600,
    lease: 86_400,
    maxUses: 10_000,
    maxIatLifetime: 2_592_000,
    by: 'system',
  },
];

/** An operator that nobody had to vouch for but who has the database: no IAT, no class, no lease, every scope (design §11). */
export const registration = (issuer: string, { clientId, jwk }: FirstOperator): Extract<AgentEvent, { type: 'agent.registered' }> => ({
  type: 'agent.registered',
  agentId: clientId,
  name: 'first operator',
  profile: 'service',
  authMethod: 'private_key_jwt',
  jwks: [jwk],
  grantTypes: ['client_credentials'],
  scope: [...operatorScopes],
  audiences: [`${issuer}/admin`],
  dpopBound: true,
  by: 'system',
});

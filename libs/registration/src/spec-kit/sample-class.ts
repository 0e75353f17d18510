import type { ChanceryEvent } from '@chancery/events';

export const issuer = 'https://id.example';

export type ClassDefined = Extract<ChanceryEvent, { type: 'config.class-defined' }>;

/** The class of the specifications' tokens; each says what it wants otherwise. */
export const sampleClass: ClassDefined = {
  type: 'config.class-defined',
  class: 'default',
  profile: 'ai_agent',
  scope: ['demo:read'],
  audiences: [`${issuer}/demo`],
  grantTypes: ['client_credentials'],
  authMethods: ['private_key_jwt'],
  dpopRequired: true,
  accessTokenLifetime: 600,
  lease: 86_400,
  maxUses: 10,
  maxIatLifetime: 3_600,
  by: 'system',
};

export const sampleResource: Extract<ChanceryEvent, { type: 'config.resource-defined' }> = {
  type: 'config.resource-defined',
  resource: `${issuer}/demo`,
  name: 'demo',
  scope: ['demo:read'],
  by: 'system',
};

import type { ConfigEvent } from '@chancery/events';
import { config, type ConfigState } from '../config/config.decider.js';

export type ClassDefined = Extract<ConfigEvent, { type: 'config.class-defined' }>;

/** The class of the specifications' agents; each says what it wants otherwise. */
export const writers: ClassDefined = {
  type: 'config.class-defined',
  class: 'writers',
  profile: 'ai_agent',
  scope: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example'],
  grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  authMethods: ['private_key_jwt', 'client_secret_basic'],
  dpopRequired: true,
  accessTokenLifetime: 600,
  lease: 86_400,
  maxUses: 10,
  maxIatLifetime: 3_600,
  by: 'op',
};

export const classNow = (changed: Partial<ClassDefined> = {}): ConfigState => config.evolve(config.initial, { ...writers, ...changed });

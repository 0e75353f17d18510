import { config, type ConfigCommand, type ConfigRefusal } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { act, type Acted, bodyAs, type Caller, operatorKeys, refused, type RefusalTable } from '@chancery/platform';
import { z } from 'zod';

const scope = z
  .array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/))
  .min(1)
  .max(128);
const grantTypes = z
  .array(z.enum(['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']))
  .min(1)
  .max(8);

/** A class as an operator states it: the whole of it, never a part, so that what was left out cannot mean "as before". */
const iatClass = z.strictObject({
  profile: z.enum(['ai_agent', 'service']),
  scope,
  audiences: z.array(z.url().max(2048)).min(1).max(64),
  grant_types: grantTypes,
  auth_methods: z
    .array(z.enum(['private_key_jwt', 'client_secret_basic']))
    .min(1)
    .max(8),
  dpop_required: z.boolean(),
  access_token_lifetime: z.number().int().min(300).max(900),
  lease: z.number().int().min(60).max(31_536_000),
  max_uses: z.number().int().min(1).max(10_000),
  max_iat_lifetime: z.number().int().min(60).max(31_536_000),
});

const resource = z.strictObject({
  resource: z
    .url()
    .max(2048)
    .regex(/^[^#]*$/),
  name: z.string().min(1).max(128),
  scope,
});

/** Written in commands, shown in lists. */
const className = /^[a-z0-9][a-z0-9-]{0,63}$/;

const refusals = {
  resource_unknown: ['invalid_request', 'audiences has one that is no registered resource'],
  scope_unknown: ['invalid_request', 'scope has one that no audience of the class knows'],
} as const satisfies RefusalTable<ConfigRefusal>;

export function defineClass(name: string, body: Uint8Array, operator: Caller): ConfigCommand {
  if (!className.test(name))
    throw new OAuthError('invalid_request', { refusal: 'class_name_malformed', description: 'a class has a name of a-z 0-9 -' });
  const asked = bodyAs(body, iatClass);
  return {
    type: 'define-class',
    class: name,
    profile: asked.profile,
    scope: asked.scope,
    audiences: asked.audiences,
    grantTypes: asked.grant_types,
    authMethods: asked.auth_methods,
    dpopRequired: asked.dpop_required,
    accessTokenLifetime: asked.access_token_lifetime,
    lease: asked.lease,
    maxUses: asked.max_uses,
    maxIatLifetime: asked.max_iat_lifetime,
    by: operator.clientId,
  };
}

export const defineResource = (body: Uint8Array, operator: Caller): ConfigCommand => ({
  type: 'define-resource',
  ...bodyAs(body, resource),
  by: operator.clientId,
});

/** Records a setting; whoever decided by the old one reads again. */
export const settle = (command: ConfigCommand, operator: Caller, store: EventStore): Promise<Acted> =>
  act({
    store,
    stream: streamName('config', 'main'),
    decider: config,
    command,
    notRevoked: operatorKeys(operator),
    refuse: (refusal) => refused(refusals, refusal),
  });

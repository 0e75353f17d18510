import { config, type ConfigCommand, type ConfigRefusal, type OperatorsApi } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { canonicalResource, OAuthError, parseResource } from '@chancery/oauth';
import { act, type Acted, bodyAs, type Caller, isPlainText, operatorKeys, refused, type RefusalTable } from '@chancery/platform';
import { z } from 'zod';
import { exactUrl } from '../exact-url.js';

/** Who defines, and the resource operators act at: nobody gives more of it than he holds, and nobody takes it from all. */
export interface Definer {
  readonly operator: Caller;
  readonly operatorsApi: OperatorsApi;
}

const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const scope = z
  .array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/))
  .min(1)
  .max(128)
  .refine(distinct);
const grantTypes = z
  .array(z.enum(['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']))
  .min(1)
  .max(8)
  .refine(distinct);

/** A class as an operator states it: the whole of it, never a part, so that what was left out cannot mean "as before". */
const iatClass = z.strictObject({
  profile: z.enum(['ai_agent', 'service']),
  scope,
  audiences: z.array(z.string().min(1).max(2048)).min(1).max(64).refine(distinct),
  grant_types: grantTypes,
  auth_methods: z
    .array(z.enum(['private_key_jwt', 'client_secret_basic']))
    .min(1)
    .max(8)
    .refine(distinct),
  dpop_required: z.boolean(),
  access_token_lifetime: z.number().int().min(300).max(900),
  lease: z.number().int().min(60).max(31_536_000),
  max_uses: z.number().int().min(1).max(10_000),
  max_iat_lifetime: z.number().int().min(60).max(31_536_000),
});

const resource = z.strictObject({
  resource: z.string().refine(isHttpResource),
  name: z.string().min(1).max(128).refine(isPlainText),
  scope,
});

/** RFC 8707 §2, and narrower: an http or https URL that every parser reads the same. */
function isHttpResource(value: string): boolean {
  const protocol = exactUrl(value)?.protocol;
  if (protocol !== 'https:' && protocol !== 'http:') return false;
  try {
    return parseResource(value) === value;
  } catch {
    return false;
  }
}

/** Written in commands, shown in lists. */
const className = /^[a-z0-9][a-z0-9-]{0,63}$/;

const refusals = {
  resource_unknown: ['invalid_request', 'audiences has one that is no registered resource'],
  scope_unknown: ['invalid_request', 'scope has one that no audience of the class knows'],
  scope_exceeds_operator: ['insufficient_scope', "a class gives no scope of the operators' API that the token of its definer lacks"],
  resource_not_canonical: ['invalid_request', 'resource is not in its canonical spelling: lower case, no default port, no lone slash'],
  admin_scope_needed: ['invalid_request', "the operators' API keeps every scope it was made with"],
} as const satisfies RefusalTable<ConfigRefusal>;

export function defineClass(name: string, body: Uint8Array, { operator, operatorsApi }: Definer): ConfigCommand {
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
    operatorScope: operator.scope,
    operatorsApi,
  };
}

export function defineResource(body: Uint8Array, { operator, operatorsApi }: Definer): ConfigCommand {
  const asked = bodyAs(body, resource);
  return { type: 'define-resource', ...asked, canonical: canonicalResource(asked.resource), by: operator.clientId, operatorsApi };
}

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

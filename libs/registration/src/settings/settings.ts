import { config, type ConfigCommand, type OperatorsApi } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { canonicalResource, OAuthError, parseResource } from '@chancery/oauth';
import { act, type Acted, bodyAs, type Caller, exactUrl, isPlainText, operatorKeys, refused } from '@chancery/platform';
import { z } from 'zod';
import { classFrom, parseClass } from './class-document.js';
import { configRefusals } from './refusals.js';
import { scope } from './scope.js';

/** Who defines, and the resource operators act at: nobody gives more of it than he holds, and nobody takes it from all. */
export interface Definer {
  readonly operator: Caller;
  readonly operatorsApi: OperatorsApi;
}

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

type DefineClass = Extract<ConfigCommand, { type: 'define-class' }>;

/** Written in commands, shown in lists. */
const className = /^[a-z0-9][a-z0-9-]{0,63}$/;

export function defineClass(name: string, body: Uint8Array, { operator, operatorsApi }: Definer): DefineClass {
  if (!className.test(name))
    throw new OAuthError('invalid_request', { refusal: 'class_name_malformed', description: 'a class has a name of a-z 0-9 -' });
  return {
    type: 'define-class',
    ...classFrom(name, parseClass(body), operator.clientId),
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
    refuse: (refusal) => refused(configRefusals, refusal),
  });

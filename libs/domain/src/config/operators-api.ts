import { both, within } from '../sets.js';
import { type ConfigState, resourceOf } from './config.decider.js';

/** The resource that operators act at, and the scopes without which none of them could. */
export interface OperatorsApi {
  readonly resource: string;
  readonly scope: readonly string[];
}

/** An operator, as far as it bounds what he may let others have. */
export interface Giver {
  /** What the token of the one who acts holds. */
  readonly operatorScope: readonly string[];
  readonly operatorsApi: OperatorsApi;
}

/**
 * Whether these rights hold more of the operators' API than the operator who gives them (S-003): whoever could make an agent of more than he is
 * could be that agent.
 */
export function exceedsOperator(
  rights: { readonly scope: readonly string[]; readonly audiences: readonly string[] },
  { operatorScope, operatorsApi }: Giver,
  config: ConfigState,
): boolean {
  if (!rights.audiences.includes(operatorsApi.resource)) return false;
  return !within(both(rights.scope, resourceOf(config, operatorsApi.resource)?.scope ?? []), operatorScope);
}

import { OAuthError } from './errors.js';
import type { Form } from './form.js';
import { knownParameters } from './known-parameters.js';
import { decodeFormComponent } from './percent.js';

/**
 * Refuses any known parameter outside `allowed`; unknown ones are ignored. An endpoint that calls this cannot forget one that arrives
 * with a later feature.
 */
export function refuseForeignParameters(form: Form, allowed: readonly string[]): void {
  form.refuse(...form.names().filter((name) => knownParameters.has(name) && !allowed.includes(name)));
}

/**
 * Refuses OAuth parameters in the query of an endpoint whose parameters come from the body (OAuth 2.1 §3.2.2): they are not merged.
 * @param search the raw query, with or without `?`
 */
export function refuseQuery(search: string): void {
  const query = search.startsWith('?') ? search.slice(1) : search;
  for (const pair of query.split('&')) {
    const name = decodeFormComponent(pair.split('=', 1)[0] ?? '');
    // `scope[]` is `scope` to some parsers, so it is to us where the answer is no.
    const base = name?.split('[', 1)[0];
    if (base === undefined || knownParameters.has(base))
      throw new OAuthError('invalid_request', { refusal: 'parameter_in_query', description: 'parameters belong into the body' });
  }
}

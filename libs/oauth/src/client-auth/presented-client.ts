import { OAuthError } from '../errors.js';
import type { Form } from '../form.js';
import { type BasicCredentials, parseBasic } from './client-secret-basic.js';
import { type AssertionCredentials, parseAssertion } from './private-key-jwt.js';

/** The one credential a request shows. Nothing in it is verified yet. */
export type PresentedClient = BasicCredentials | AssertionCredentials;

/**
 * Finds out how a client authenticates (OAuth 2.1 §2.4). Exactly one method a request; an empty credential counts as presented; the
 * registered method is compared by the caller, without fallback.
 * @throws OAuthError `invalid_request` for two methods, half a pair or a `client_id` that contradicts; `invalid_client` (401) for none,
 * for a malformed credential and for methods that do not exist here
 */
export function presentedClient(form: Form, authorizationHeader: string | readonly string[] | undefined): PresentedClient {
  const fields = authorizationHeader === undefined ? [] : [authorizationHeader].flat();
  const assertion = form.sent('client_assertion') || form.sent('client_assertion_type');
  const methods = fields.length + Number(assertion) + Number(form.sent('client_secret'));
  if (methods > 1)
    throw new OAuthError('invalid_request', { refusal: 'two_client_credentials', description: 'use one client authentication method' });

  const client = readCredential(form, fields[0], assertion);
  const repeated = form.one('client_id');
  // A client_id that repeats the authenticated client is no second method; one that differs leaves it open who is asking.
  if (repeated !== undefined && repeated !== client.clientId)
    throw new OAuthError('invalid_request', { refusal: 'client_id_mismatch', description: 'client_id contradicts the credential' });
  return client;
}

function readCredential(form: Form, header: string | undefined, assertion: boolean): PresentedClient {
  if (header !== undefined) return parseBasic(header);
  if (assertion) return parseAssertion(form);
  if (form.sent('client_secret')) throw new OAuthError('invalid_client', { refusal: 'auth_method_mismatch', detail: 'client_secret_post' });
  throw new OAuthError('invalid_client', { refusal: 'client_unauthenticated' });
}

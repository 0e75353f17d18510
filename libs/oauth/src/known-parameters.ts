/** RFC 8693 §2.1, RFC 8707 §2: the only parameters that may repeat. */
export const repeatable: ReadonlySet<string> = new Set(['resource', 'audience']);

/**
 * Every request parameter that has a meaning in a specification this server follows, whether or not the feature is on. What is in this
 * list is honoured or refused, never ignored; what is not in it is ignored (OAuth 2.1 §3.2).
 */
export const knownParameters: ReadonlySet<string> = new Set([
  // OAuth 2.1 and PKCE
  'response_type',
  'response_mode',
  'client_id',
  'client_secret',
  'redirect_uri',
  'scope',
  'state',
  'grant_type',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'refresh_token',
  'username',
  'password',
  'access_token',
  // Assertions: RFC 7521, RFC 7523
  'assertion',
  'client_assertion',
  'client_assertion_type',
  // Token exchange: RFC 8693, and ours
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'requested_expires_in',
  'subject_token_proof',
  'approval_id',
  'audience',
  'may_act',
  // Resource indicators, rich requests, pushed and signed requests
  'resource',
  'authorization_details',
  'request',
  'request_uri',
  // Proof of possession
  'dpop_jkt',
  'cnf',
  'req_cnf',
  // Revocation and introspection
  'token',
  'token_type_hint',
  // OpenID Connect and step-up
  'nonce',
  'prompt',
  'max_age',
  'acr_values',
  'claims',
  'id_token_hint',
  'login_hint',
  // Device and backchannel
  'device_code',
  'user_code',
  'auth_req_id',
  // Transaction tokens
  'request_context',
  'request_details',
]);

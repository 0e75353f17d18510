import { type Form, OAuthError, parseResource, parseScope } from '@chancery/oauth';

export interface TokenExchangeRequest {
  readonly subjectToken: string;
  /** Absent: what subject, agent and resource have in common. */
  readonly scope: readonly string[] | undefined;
  /** Absent: the subject token's own audience. */
  readonly resource: string | undefined;
  /** Seconds (EXC-12a). */
  readonly expiresIn: number | undefined;
}

const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';

/** RFC 8693 §2.1 with RFC 8707. What this exchange cannot honour is refused, never ignored (WIRE-20). */
export function parseRequest(form: Form): TokenExchangeRequest {
  const subjectToken = form.required('subject_token');
  const subjectType = form.required('subject_token_type');
  if (subjectType !== accessToken && subjectType !== jwt)
    throw malformed('subject_type_unsupported', 'subject_token_type is not supported');
  // EXC-02: half a pair is a mistake; a whole one names an actor, and an agent narrowing its own token acts for nobody else.
  if (form.has('actor_token') !== form.has('actor_token_type'))
    throw malformed('actor_half', 'actor_token and actor_token_type go together');
  if (form.has('actor_token')) throw malformed('actor_not_supported', 'an actor_token is not supported');
  const wanted = form.one('requested_token_type') ?? accessToken;
  if (wanted !== accessToken) throw malformed('requested_type_unsupported', 'requested_token_type is not supported');
  const scope = parseScope(form.one('scope'));
  return {
    subjectToken,
    scope: scope.length === 0 ? undefined : scope,
    resource: parseTarget(form),
    expiresIn: parseExpiresIn(form.one('requested_expires_in')),
  };
}

/** EXC-10: `resource` and `audience` may repeat, but must name one target. */
function parseTarget(form: Form): string | undefined {
  const targets = new Set([...form.many('resource'), ...form.many('audience')]);
  if (targets.size > 1) throw new OAuthError('invalid_target', { refusal: 'audience_several', description: 'one resource per token' });
  const [target] = targets;
  return target === undefined ? undefined : parseResource(target);
}

function parseExpiresIn(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(value)) throw malformed('expires_in_malformed', 'requested_expires_in is a positive number of seconds');
  return Number(value);
}

const malformed = (refusal: string, description: string): OAuthError => new OAuthError('invalid_request', { refusal, description });

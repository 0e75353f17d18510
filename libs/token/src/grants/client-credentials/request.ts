import { type Form, OAuthError, parseResource, parseScope } from '@chancery/oauth';

export interface ClientCredentialsRequest {
  /** Absent: the agent's default for the resource. */
  readonly scope: readonly string[] | undefined;
  /** Absent: the agent's single audience. */
  readonly resource: string | undefined;
}

/** RFC 6749 §4.4.2 with RFC 8707. */
export function parseRequest(form: Form): ClientCredentialsRequest {
  const scope = parseScope(form.one('scope'));
  const [resource, second] = form.many('resource');
  // A token has one audience (CC-03, ATK-02).
  if (second !== undefined) throw new OAuthError('invalid_target', { refusal: 'audience_several', description: 'one resource per token' });
  return { scope: scope.length === 0 ? undefined : scope, resource: resource === undefined ? undefined : parseResource(resource) };
}

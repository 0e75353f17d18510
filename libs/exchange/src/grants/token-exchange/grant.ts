import { exchangeToken } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { type Grant, issue, type Issuing, newId, readConfig, refused, registeredResource } from '@chancery/platform';
import { refusals } from './refusals.js';
import { parseRequest } from './request.js';
import { verifySubject } from './subject.js';

/** An agent narrows its own token for a task (RFC 8693): fewer scopes, the same audience, a shorter life, the same key. */
export const tokenExchange = (deps: Issuing): Grant => ({
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  parameters: [
    'subject_token',
    'subject_token_type',
    'actor_token',
    'actor_token_type',
    'requested_token_type',
    'requested_expires_in',
    'scope',
    'resource',
    'audience',
  ],
  async handle(request) {
    const { client, proof } = request;
    const { subjectToken, scope, resource, expiresIn } = parseRequest(request.form);
    const subject = verifySubject(subjectToken, deps);
    const config = await readConfig(deps.store, request.reading);
    const signingKey = deps.keys.active('access-token');
    const audience = registeredResource(config.state, resource);

    const at = Math.floor(deps.store.now());
    const decision = exchangeToken(
      {
        at,
        grantId: newId('gr'),
        jti: newId('tk'),
        kid: signingKey.kid,
        subject: subject.token,
        ...(scope && { scope }),
        ...(audience !== undefined && { audience }),
        ...(expiresIn !== undefined && { expiresIn }),
        ...(proof && { proofKey: proof.thumbprint }),
      },
      { agent: client.agent, config: config.state },
    );
    if (!decision.ok) throw refused(refusals, decision.refusal);

    const [event] = decision.events;
    if (!event) return 'again';
    const { notRevoked } = subject;
    const answer = await issue({ event, signingKey, unchanged: [config.guard], notRevoked, revoked: ended }, request, deps);
    return answer === 'again' ? answer : { ...answer, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  },
});

const ended = (): OAuthError => new OAuthError('invalid_request', { refusal: 'ancestor_revoked' });

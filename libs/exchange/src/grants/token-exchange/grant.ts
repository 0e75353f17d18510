import { hash } from 'node:crypto';
import { exchangeToken } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import {
  final,
  type Grant,
  issue,
  type Issuing,
  newId,
  readConfig,
  refused,
  registeredResource,
  type VerifiedProof,
} from '@chancery/platform';
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
    if (proof) checkStatedToken(proof, subjectToken);
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
        ...(proof?.agentContext && { agentContext: proof.agentContext }),
      },
      { agent: client.agent, config: config.state },
    );
    if (!decision.ok) throw refused(refusals, decision.refusal);

    const [event] = decision.events;
    const { notRevoked } = subject;
    const answer = await issue({ event, signingKey, unchanged: [config.guard], notRevoked, revoked: ended }, request, deps);
    if (answer === 'again') return answer;
    return {
      ...answer,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      ...(event.proofKey !== undefined && { cnf: { jkt: event.proofKey } }),
    };
  },
});

/** HND-03: an `ath` is not asked for here, but one that is there names the subject token. */
function checkStatedToken({ statedAth }: VerifiedProof, subjectToken: string): void {
  if (statedAth === undefined || statedAth === hash('sha256', subjectToken, 'base64url')) return;
  throw final(new OAuthError('invalid_dpop_proof', { refusal: 'ath_of_another_token' }));
}

const ended = (): OAuthError => new OAuthError('invalid_request', { refusal: 'ancestor_revoked' });

import { issueToken } from '@chancery/domain';
import { OAuthError } from '@chancery/oauth';
import { type Grant, issue, type Issuing, newId, readConfig, refused, registeredResource } from '@chancery/platform';
import { refusals } from './refusals.js';
import { parseRequest } from './request.js';

/** An agent asks in its own name (RFC 6749 §4.4; CC-01 to CC-05): no user, no `act`, no refresh token. */
export const clientCredentials = (deps: Issuing): Grant => ({
  grantType: 'client_credentials',
  parameters: ['scope', 'resource'],
  async handle(request) {
    const { client, proof } = request;
    const { scope, resource } = parseRequest(request.form);
    const config = await readConfig(deps.store, request.reading);
    const signingKey = deps.keys.active('access-token');
    const audience = registeredResource(config.state, resource);

    const at = Math.floor(deps.store.now());
    const decision = issueToken(
      {
        at,
        grantId: newId('gr'),
        jti: newId('tk'),
        txn: newId('tx'),
        kid: signingKey.kid,
        ...(scope && { scope }),
        ...(audience !== undefined && { audience }),
        ...(proof && { proofKey: proof.thumbprint }),
        ...(proof?.agentContext && { agentContext: proof.agentContext }),
      },
      { agent: client.agent, config: config.state },
    );
    if (!decision.ok) throw refused(refusals, decision.refusal);

    const [event] = decision.events;
    return issue({ event, signingKey, unchanged: [config.guard], notRevoked: [], revoked: ended }, request, deps);
  },
});

const ended = (): OAuthError => new OAuthError('invalid_client', { refusal: 'requester_revoked' });

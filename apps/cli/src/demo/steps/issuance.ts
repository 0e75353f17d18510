import { type Agent, demoScope, obtainToken, sameScope } from '../agent.js';
import { type Claims, claimsOf } from '../claims.js';
import { inLog } from '../log-search.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';

export interface HeldToken {
  readonly token: string;
  readonly claims: Claims;
}

/** A token for one API that is worth nothing without the agent's key. */
export async function issuance(stage: Stage, agent: Agent, { holds }: Evidence): Promise<HeldToken> {
  const answer = await obtainToken(agent);
  const claims = claimsOf(answer.access_token);
  const { aud, scope, cnf, jti } = claims;
  const audience = `${agent.issuer}/demo`;
  holds(
    aud === audience && sameScope(scope, demoScope),
    `aud ${aud}, scope ${scope}`,
    `expected aud ${audience} and scope ${demoScope}, saw ${aud} and ${scope}`,
  );
  const bound = answer.token_type === 'DPoP' && cnf?.jkt === agent.key.thumbprint;
  holds(
    bound,
    `bound to the agent's key: cnf.jkt is its thumbprint`,
    `expected a DPoP token bound to the agent's key, saw ${answer.token_type} and ${cnf?.jkt ?? 'no cnf.jkt'}`,
  );
  const lifetime = claims.exp - claims.iat;
  holds(lifetime > 0 && lifetime <= 900, `exp is ${lifetime} s after iat`, `expected a life of at most 900 s, saw ${lifetime}`);

  const [event] = await inLog(stage, { agent: agent.clientId, wanted: ({ data }) => data['jti'] === jti });
  holds(
    event?.type === 'grant.token-issued',
    `log position ${event?.position}: grant.token-issued, jti ${jti}`,
    `expected grant.token-issued with jti ${jti} in the log, saw ${event?.type ?? 'nothing'}`,
  );
  return { token: answer.access_token, claims };
}

import { type Agent, callNotes, narrowToken, spell } from '../agent.js';
import { claimsOf } from '../claims.js';
import type { Evidence } from '../narrator.js';
import type { HeldToken } from './issuance.js';

const wanted = { scope: 'demo:read', expiresIn: 60 } as const;

/** A child token for one task: less, shorter, and tied to its parent. */
export async function narrowing(agent: Agent, parent: HeldToken, { holds }: Evidence): Promise<HeldToken> {
  const { access_token: token } = await narrowToken(agent, parent.token, wanted);
  const claims = claimsOf(token);
  const { scope, exp, iat, lineage = [] } = claims;
  const lifetime = exp - iat;
  const narrower = scope === wanted.scope && lifetime > 0 && lifetime <= wanted.expiresIn && exp <= parent.claims.exp;
  holds(
    narrower,
    `the child: scope ${scope}, ${lifetime} s, jti ${claims.jti}`,
    `expected scope ${wanted.scope} for at most 60 s and within the parent's life, saw ${scope} for ${lifetime} s`,
  );
  const ancestors = lineage.map(({ grant }) => grant).join(', ');
  holds(
    ancestors === parent.claims.grant_id,
    `its lineage names the parent: ${ancestors}`,
    `expected the lineage ${parent.claims.grant_id}, saw ${ancestors || 'none'}`,
  );

  const read = await callNotes(agent, token, { method: 'GET' });
  const write = await callNotes(agent, token, { method: 'POST', body: { text: 'not allowed' } });
  holds(read.status === 200, 'it may read: GET /demo/notes: 200', `expected 200 for GET with the child, saw ${spell(read)}`);
  holds(
    write.status === 403 && write.error === 'insufficient_scope',
    `it may not write: POST /demo/notes: ${spell(write)}`,
    `expected 403 insufficient_scope for POST with the child, saw ${spell(write)}`,
  );
  return { token, claims };
}

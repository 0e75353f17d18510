import { type Agent, callNotes, narrowToken, refusalOf, spell } from '../agent.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';
import type { HeldToken } from './issuance.js';

/** The parent's grant ends, and the child with it, at once. Answers how many milliseconds "at once" were. */
export async function revocation(
  { operator, patience }: Stage,
  agent: Agent,
  { parent, child }: { parent: HeldToken; child: HeldToken },
  { holds }: Evidence,
): Promise<number> {
  const grant = parent.claims.grant_id;
  await operator.call({
    act: `revoke grant ${grant}`,
    scope: 'chancery:revoke',
    method: 'POST',
    path: `/grants/${encodeURIComponent(grant)}/revoke`,
    body: { reason: 'npm run demo: the task is done' },
  });
  const answered = performance.now();
  const untilRefused = (token: string) => delayOfRefusal(agent, token, { since: answered, patience: patience.revocation });
  const [ofParent, ofChild] = await Promise.all([untilRefused(parent.token), untilRefused(child.token)]);
  const saw = `parent ${spellDelay(ofParent)}, child ${spellDelay(ofChild)}`;
  const latest = Math.max(ofParent, ofChild);
  holds(
    Number.isFinite(latest),
    `refused by the gateway after the answer: ${saw}`,
    `expected 401 for both within ${spellDelay(patience.revocation)}, saw ${saw}`,
  );

  const refusal = await refusalOf(narrowToken(agent, parent.token, { scope: 'demo:read', expiresIn: 60 }));
  const exchange = refusal === undefined ? 'a token' : spell(refusal);
  holds(
    refusal?.status === 400,
    `the parent can no longer be exchanged: ${exchange}`,
    `expected 400 for exchanging the parent, saw ${exchange}`,
  );
  return latest;
}

/** Calls with fresh proofs, one behind the other, until the first 401; answers when that was, in milliseconds. */
async function delayOfRefusal(agent: Agent, token: string, { since, patience }: { since: number; patience: number }): Promise<number> {
  while (performance.now() - since < patience) {
    const answer = await callNotes(agent, token, { method: 'GET' });
    if (answer.status === 401) return performance.now() - since;
    if (answer.status !== 200) throw new Error(`expected 200 until the revocation arrives and 401 from then on, saw ${spell(answer)}`);
  }
  return Number.POSITIVE_INFINITY;
}

const spellDelay = (milliseconds: number): string => (Number.isFinite(milliseconds) ? `${Math.round(milliseconds)} ms` : 'never');

import { type Agent, obtainToken, refusalOf, spell } from '../agent.js';
import { inLog } from '../log-search.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';

const reason = 'npm run demo: the story ends';

/** The agent itself ends: it proves who it is as before, and gets nothing any more. */
export async function farewell(stage: Stage, agent: Agent, { holds }: Evidence): Promise<void> {
  const { clientId } = agent;
  await stage.operator.call({
    act: `revoke agent ${clientId}`,
    scope: 'chancery:revoke',
    method: 'POST',
    path: `/agents/${encodeURIComponent(clientId)}/revoke`,
    body: { reason },
  });
  const refusal = await refusalOf(obtainToken(agent));
  const saw = refusal === undefined ? 'a token' : spell(refusal);
  holds(refusal?.status === 401, `/token answers ${saw}`, `expected 401 from /token, saw ${saw}`);

  const [event] = await inLog(stage, { agent: clientId, wanted: ({ type }) => type === 'agent.revoked' });
  const { by, reason: kept } = event?.data ?? {};
  holds(
    kept === reason && typeof by === 'string',
    `log position ${event?.position}: agent.revoked by operator ${String(by)}`,
    'expected agent.revoked with operator and reason in the log, saw none',
  );
}

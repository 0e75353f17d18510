import { generateKey } from '@chancery/oauth/client';
import type { LogEntry } from '../../commands/log-pages.js';
import { type Agent, callNotes, replay, spell } from '../agent.js';
import { inLog } from '../log-search.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';
import type { HeldToken } from './issuance.js';

/** What the agent says of its calls, inside the proof, so that its key vouches for it. */
const agentContext = { model: { provider: 'example', name: 'scribe-1' }, source: { kind: 'user', ref: 'chat-7' } } as const;

/** The API behind the gateway answers the agent, and nobody who only copied something from it. */
export async function calls(stage: Stage, agent: Agent, held: HeldToken, { holds }: Evidence): Promise<void> {
  const read = await callNotes(agent, held.token, { method: 'GET', agentContext });
  const write = await callNotes(agent, held.token, { method: 'POST', body: { text: 'Seal, then copy onto the roll.' }, agentContext });
  const answered = read.status === 200 && write.status === 201;
  holds(answered, 'GET /demo/notes: 200, POST /demo/notes: 201', `expected 200 and 201, saw ${spell(read)} and ${spell(write)}`);

  const records = await inLog(stage, { agent: agent.clientId, wanted: isCallWith(held), count: 2 });
  const saw = records.map(({ type, data }) => `${type} ${String(data['method'])} ${String(data['status'])}`).toSorted();
  const recorded = saw.join(', ') === 'activity.allowed GET 200, activity.allowed POST 201';
  holds(
    recorded,
    `both are in the log, positions ${records.map(({ position }) => position).join(' and ')}`,
    `expected a record of each call, saw ${saw.join(', ') || 'none'}`,
  );
  holds(
    records.every(vouched),
    "model scribe-1, prompted by user chat-7: vouched for by the agent's key",
    "expected model and source in each record, vouched for by the agent's key",
  );

  const [first, again] = await replay(agent, held.token);
  const stranger = await callNotes(agent, held.token, { method: 'GET', proofKey: generateKey() });
  holds(
    first.status === 200 && again.status === 401 && stranger.status === 401,
    `same proof again: ${spell(again)}; another key: ${spell(stranger)}`,
    `expected 200 for a proof, then 401 for its copy and 401 for another key; saw ${[first, again, stranger].map(spell).join(', ')}`,
  );
}

const isCallWith =
  ({ claims }: HeldToken) =>
  ({ type, data }: LogEntry): boolean =>
    type.startsWith('activity.') && data['jti'] === claims.jti && data['path'] === '/demo/notes';

function vouched({ data }: LogEntry): boolean {
  const { model, source, vouchedBy } = (data['agentContext'] ?? {}) as {
    model?: { name?: string };
    source?: { ref?: string };
    vouchedBy?: string;
  };
  return model?.name === agentContext.model.name && source?.ref === agentContext.source.ref && vouchedBy === 'agent_key';
}

import { base, type Ocsf } from './base.js';
import type { SiemEntry, SiemEvent } from './siem-entry.js';
import { aiAgent, initialAccessToken, operator } from './users.js';

/** Entity Management: Update, Renew, Deactivate, Delete. */
const kinds = {
  'agent.registration-replaced': { activity: [3004, 3] },
  'agent.secret-rotated': { activity: [3004, 3] },
  'agent.credentials-reissued': { activity: [3004, 3] },
  'agent.renewed': { activity: [3004, 10] },
  'agent.expired': { activity: [3004, 11] },
  'agent.deleted': { activity: [3004, 4] },
} as const;

export type Management = Extract<SiemEvent, { type: keyof typeof kinds }>;

/** What became of an agent's own registration: by itself (RFC 7592), or with its lease. */
export function management(entry: SiemEntry<Management>, release: string): Ocsf {
  const { event } = entry;
  return {
    ...base(entry, kinds[event.type], release),
    entity: aiAgent(event.agentId),
    actor: { user: by(event) },
    ...(event.type === 'agent.deleted' && event.reason !== undefined && { comment: event.reason }),
    unmapped: {
      ...(event.type === 'agent.registration-replaced' && { scope: event.scope }),
      roll: { position: entry.position },
    },
  };
}

function by(event: Management) {
  if (event.type === 'agent.credentials-reissued') return initialAccessToken(event.by);
  return event.by === event.agentId ? aiAgent(event.by) : operator(event.by);
}

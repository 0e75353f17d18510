import { base, type Ocsf } from './base.js';
import type { SiemEntry, SiemEvent } from './siem-entry.js';
import { aiAgent, operator } from './users.js';

/** Entity Management: Activate, Suspend, Resume. */
const kinds = {
  'agent.approved': { activity: [3004, 10] },
  'agent.suspended': { activity: [3004, 12] },
  'agent.resumed': { activity: [3004, 13] },
} as const;

export type Suspension = Extract<SiemEvent, { type: keyof typeof kinds }>;

/** An agent was let in, may get nothing for the time being, or may again. */
export function suspension(entry: SiemEntry<Suspension>, release: string): Ocsf {
  const { event } = entry;
  return {
    ...base(entry, kinds[event.type], release),
    entity: aiAgent(event.agentId),
    actor: { user: operator(event.by) },
    comment: event.reason,
    unmapped: { roll: { position: entry.position } },
  };
}

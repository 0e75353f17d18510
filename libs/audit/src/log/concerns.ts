import type { ActivityRecord, ChanceryEvent } from '@chancery/events';

/** Whom and what an entry is about, as far as it is searched by. */
export interface Concerns {
  readonly agent?: string;
  readonly subject?: string;
  readonly grant?: string;
  readonly iat?: string;
  /** Every agent it concerns: as the agent, as the subject, in the lineage. Each once. */
  readonly agents: readonly string[];
}

/** Names under which events and records speak of the same thing. */
interface Fields {
  readonly agentId?: string;
  readonly agent?: string;
  readonly subject?: string;
  readonly grantId?: string;
  readonly grant?: string;
  readonly iatId?: string;
  readonly lineage?: readonly (string | { readonly agent: string })[];
}

export function concernsOf(event: ChanceryEvent | ActivityRecord): Concerns {
  const fields = event as Fields;
  const agent = fields.agentId ?? fields.agent;
  const grant = fields.grantId ?? fields.grant;
  const ancestors = (fields.lineage ?? []).flatMap((hop) => (typeof hop === 'string' ? [] : [hop.agent]));
  const agents = new Set([agent, fields.subject, ...ancestors].filter((each) => each !== undefined));
  return {
    ...(agent !== undefined && { agent }),
    ...(fields.subject !== undefined && { subject: fields.subject }),
    ...(grant !== undefined && { grant }),
    ...(fields.iatId !== undefined && { iat: fields.iatId }),
    agents: [...agents],
  };
}

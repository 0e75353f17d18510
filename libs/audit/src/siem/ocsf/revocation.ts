import { base, type Ocsf, outcomes } from './base.js';
import type { SiemEntry, SiemEvent } from './siem-entry.js';
import { aiAgent, initialAccessToken, type OcsfUser, operator, signingKey, subjectOf } from './users.js';

/** User Access Management: Revoke Privileges. */
const kind = { activity: [3005, 2], outcome: outcomes.accessRevoked } as const;

/** All that was given, whatever it was: such an event does not list it. */
const everything = ['*'];

export type Revocation = Extract<
  SiemEvent,
  { type: 'grant.revoked' | 'agent.revoked' | 'agent.key-removed' | 'iat.revoked' | 'key.revoked' }
>;

/** A mandate, an agent, one of its keys, an initial access token or a signing key ended, with everything that came of it. */
export function revocation(entry: SiemEntry<Revocation>, release: string): Ocsf {
  const { event } = entry;
  const { user, privileges, resource } = subjectOfRevocation(entry);
  const ofClient = event.type === 'agent.key-removed' || (event.type === 'grant.revoked' && event.cause === 'client_request');
  return {
    ...base(entry, kind, release),
    user,
    privileges,
    actor: { user: ofClient ? aiAgent(event.by) : operator(event.by) },
    resources: [resource],
    ...('reason' in event && event.reason !== undefined && { message: event.reason }),
    unmapped: {
      ...(event.type === 'grant.revoked' && { grant_id: event.grantId }),
      ...(event.type === 'iat.revoked' && { iat_id: event.iatId }),
      roll: { position: entry.position },
    },
  };
}

interface Subject {
  /** Who has less from now on; where it is nobody alone, what they have it from. */
  readonly user: OcsfUser;
  readonly privileges: readonly string[];
  readonly resource: { readonly uid: string; readonly type: string };
}

function subjectOfRevocation({ event, began }: SiemEntry<Revocation>): Subject {
  switch (event.type) {
    case 'grant.revoked':
      return {
        user: began ? subjectOf(began) : { uid: event.grantId, type_id: 99, type: 'Grant' },
        privileges: began?.scope ?? everything,
        resource: { uid: event.grantId, type: 'Grant' },
      };
    case 'agent.revoked':
      return { user: aiAgent(event.agentId), privileges: everything, resource: { uid: event.agentId, type: 'AI Agent' } };
    case 'agent.key-removed':
      return { user: aiAgent(event.agentId), privileges: everything, resource: { uid: event.thumbprint, type: 'Proof Key' } };
    case 'iat.revoked': {
      const user = initialAccessToken(event.iatId);
      return { user, privileges: everything, resource: { uid: user.uid, type: user.type } };
    }
    case 'key.revoked': {
      const user = signingKey(event.kid);
      return { user, privileges: everything, resource: { uid: user.uid, type: user.type } };
    }
  }
}

import type { SiemRecord } from '../siem-topic.js';
import type { Ocsf } from './base.js';
import { issuance } from './issuance.js';
import { management } from './management.js';
import { revocation } from './revocation.js';
import type { SiemEntry } from './siem-entry.js';
import { suspension } from './suspension.js';

/** The record of OCSF 1.8.0 that tells of an entry. */
export function ocsfOf(entry: SiemEntry, release: string): Ocsf {
  const { event } = entry;
  switch (event.type) {
    case 'grant.token-issued':
    case 'grant.token-exchanged':
      return issuance({ ...entry, event }, release);
    case 'grant.revoked':
    case 'agent.revoked':
    case 'agent.key-removed':
    case 'iat.revoked':
    case 'key.revoked':
      return revocation({ ...entry, event }, release);
    case 'agent.approved':
    case 'agent.suspended':
    case 'agent.resumed':
      return suspension({ ...entry, event }, release);
    case 'agent.registration-replaced':
    case 'agent.renewed':
    case 'agent.expired':
    case 'agent.secret-rotated':
    case 'agent.credentials-reissued':
    case 'agent.deleted':
      return management({ ...entry, event }, release);
  }
}

/** The same, as it is published. */
export const siemRecord = (entry: SiemEntry, release: string): SiemRecord => ({
  key: keyOf(entry),
  value: Buffer.from(JSON.stringify(ocsfOf(entry, release))),
  headers: { position: String(entry.position), 'content-type': 'application/json' },
});

/** The agent; what it is about, where that is no agent's. */
function keyOf({ event, began }: SiemEntry): string {
  switch (event.type) {
    case 'grant.revoked':
      return began?.agentId ?? event.grantId;
    case 'iat.revoked':
      return event.iatId;
    case 'key.revoked':
      return event.kid;
    default:
      return event.agentId;
  }
}

import { gatewayAcknowledged } from './activity/gateway-acknowledged.js';
import { callAllowed } from './activity/call-allowed.js';
import { callDenied } from './activity/call-denied.js';
import { quarantineDecided } from './activity/quarantine-decided.js';
import { refusalsCounted } from './activity/refusals-counted.js';
import { requestRefused } from './activity/request-refused.js';
import { agentApproved } from './agent/agent-approved.js';
import { agentDeparted } from './agent/agent-departed.js';
import { agentDeleted } from './agent/agent-deleted.js';
import { agentExpired } from './agent/agent-expired.js';
import { credentialsReissued } from './agent/credentials-reissued.js';
import { expiryWarned } from './agent/expiry-warned.js';
import { keyRemoved } from './agent/key-removed.js';
import { agentRenewed } from './agent/agent-renewed.js';
import { ratConfirmed } from './agent/rat-confirmed.js';
import { agentRegistered } from './agent/agent-registered.js';
import { agentResumed } from './agent/agent-resumed.js';
import { agentRevoked } from './agent/agent-revoked.js';
import { agentSuspended } from './agent/agent-suspended.js';
import { registrationReplaced } from './agent/registration-replaced.js';
import { secretRotated } from './agent/secret-rotated.js';
import { classDefined } from './config/class-defined.js';
import { resourceDefined } from './config/resource-defined.js';
import type { EventOf } from './define-event.js';
import { grantRevoked } from './grant/grant-revoked.js';
import { tokenExchanged } from './grant/token-exchanged.js';
import { tokenIssued } from './grant/token-issued.js';
import { iatClosed } from './iat/iat-closed.js';
import { iatMinted } from './iat/iat-minted.js';
import { iatRevoked } from './iat/iat-revoked.js';
import { keyActivated } from './key/key-activated.js';
import { keyAdded } from './key/key-added.js';
import { keyRevoked } from './key/key-revoked.js';

/** What goes into streams. */
export const events = [
  iatMinted,
  iatClosed,
  iatRevoked,
  agentRegistered,
  agentApproved,
  agentSuspended,
  agentResumed,
  agentRevoked,
  agentDeparted,
  registrationReplaced,
  agentRenewed,
  expiryWarned,
  agentExpired,
  keyRemoved,
  secretRotated,
  ratConfirmed,
  credentialsReissued,
  agentDeleted,
  classDefined,
  resourceDefined,
  tokenIssued,
  tokenExchanged,
  grantRevoked,
  keyAdded,
  keyActivated,
  keyRevoked,
] as const;

/** What goes to the bus only: it passes through no stream (design §8). */
export const activityRecords = [callAllowed, callDenied, requestRefused, refusalsCounted, quarantineDecided, gatewayAcknowledged] as const;

export type IatEvent = EventOf<typeof iatMinted | typeof iatClosed | typeof iatRevoked>;
export type AgentEvent = EventOf<
  | typeof agentRegistered
  | typeof agentApproved
  | typeof agentSuspended
  | typeof agentResumed
  | typeof agentRevoked
  | typeof agentDeparted
  | typeof registrationReplaced
  | typeof agentRenewed
  | typeof expiryWarned
  | typeof agentExpired
  | typeof keyRemoved
  | typeof secretRotated
  | typeof ratConfirmed
  | typeof credentialsReissued
  | typeof agentDeleted
>;
export type ConfigEvent = EventOf<typeof classDefined | typeof resourceDefined>;
export type GrantEvent = EventOf<typeof tokenIssued | typeof tokenExchanged | typeof grantRevoked>;
export type KeyEvent = EventOf<typeof keyAdded | typeof keyActivated | typeof keyRevoked>;

export type ChanceryEvent = EventOf<(typeof events)[number]>;
export type ActivityRecord = EventOf<(typeof activityRecords)[number]>;

import type { Command } from '../command.js';
import { agentApprove } from './agent-approve.js';
import { agentList } from './agent-list.js';
import { agentShow } from './agent-show.js';
import { classDefine } from './class-define.js';
import { classDiff } from './class-diff.js';
import { classList } from './class-list.js';
import { classShow } from './class-show.js';
import { iatMint } from './iat-mint.js';
import { logExport } from './log-export.js';
import { logList } from './log-list.js';
import { logProve } from './log-prove.js';
import { logTail } from './log-tail.js';
import { logVerify } from './log-verify.js';
import { operatorReset } from './operator-reset.js';
import { quarantineDrop } from './quarantine-drop.js';
import { quarantineList } from './quarantine-list.js';
import { quarantineRetry } from './quarantine-retry.js';
import { revokeAgent } from './revoke-agent.js';
import { revokeGrant } from './revoke-grant.js';
import { iatRevoke, revokeIat } from './revoke-iat.js';

/** All there is, in the order help lists it. A new command is a file and a line here. */
export const commands: readonly Command[] = [
  iatMint,
  iatRevoke,
  agentList,
  agentShow,
  agentApprove,
  classList,
  classShow,
  classDiff,
  classDefine,
  revokeAgent,
  revokeGrant,
  revokeIat,
  logList,
  logTail,
  logVerify,
  logExport,
  logProve,
  quarantineList,
  quarantineRetry,
  quarantineDrop,
  operatorReset,
];

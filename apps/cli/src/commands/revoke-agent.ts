import { defineCommand, noWaitOption, reasonOption } from '../command.js';
import { end, waitingDetails } from './end.js';

export const revokeAgent = defineCommand({
  noun: 'revoke',
  verb: 'agent',
  operand: 'ID',
  summary: 'End an agent for good, with all it was given',
  details: [
    "This cannot be undone: the agent gets no token any more, and gateways refuse those it has. An agent's ID is its client_id.",
    ...waitingDetails,
  ],
  options: { reason: reasonOption, 'no-wait': noWaitOption },
  examples: ['chancery revoke agent ag_3fMnZ0rTq1Xc5vB8kLwD2A --reason "laptop stolen"'],
  run: ({ id, reason, 'no-wait': noWait }, context) =>
    end(
      {
        path: `/agents/${encodeURIComponent(id)}/revoke`,
        reason,
        act: `revoke agent ${id}`,
        unknown: 'there is no such agent; `npx chancery agent list` lists them',
        done: `agent ${id} is revoked`,
        wait: !noWait,
      },
      context,
    ),
});

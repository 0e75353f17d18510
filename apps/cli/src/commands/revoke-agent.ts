import { defineCommand, reasonOption } from '../command.js';
import { end } from './end.js';

export const revokeAgent = defineCommand({
  noun: 'revoke',
  verb: 'agent',
  operand: 'ID',
  summary: 'End an agent for good, with all it was given',
  details: ["This cannot be undone: the agent gets no token any more, and gateways refuse those it has. An agent's ID is its client_id."],
  options: { reason: reasonOption },
  examples: ['chancery revoke agent ag_3fMnZ0rTq1Xc5vB8kLwD2A --reason "laptop stolen"'],
  run: ({ id, reason }, context) =>
    end(
      {
        path: `/agents/${encodeURIComponent(id)}/revoke`,
        reason,
        act: `revoke agent ${id}`,
        unknown: 'there is no such agent; `npx chancery agent list` lists them',
        done: `agent ${id} is revoked`,
      },
      context,
    ),
});

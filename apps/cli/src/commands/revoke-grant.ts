import { defineCommand, noWaitOption, reasonOption } from '../command.js';
import { end, waitingDetails } from './end.js';

export const revokeGrant = defineCommand({
  noun: 'revoke',
  verb: 'grant',
  operand: 'ID',
  summary: 'End one grant and everything exchanged from it',
  details: [
    "The agent itself goes on and may ask for a new grant. A token names its grant in the claim grant_id; the log's entries have it too.",
    ...waitingDetails,
  ],
  options: { reason: reasonOption, 'no-wait': noWaitOption },
  examples: ['chancery revoke grant gr_01KAW7T0Z5V9N3C8E2QH4JXB6M --reason "task cancelled"'],
  run: ({ id, reason, 'no-wait': noWait }, context) =>
    end(
      {
        path: `/grants/${encodeURIComponent(id)}/revoke`,
        reason,
        act: `revoke grant ${id}`,
        unknown: 'there is no such grant; `npx chancery log list --type grant.token-issued` shows them',
        done: `grant ${id} is revoked`,
        wait: !noWait,
      },
      context,
    ),
});

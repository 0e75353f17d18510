import { defineCommand, noWaitOption, reasonOption } from '../command.js';
import { end, waitingDetails } from './end.js';

/** Two ways to say one thing: people look for it under either noun. */
const spelled = (noun: string, verb: string) =>
  defineCommand({
    noun,
    verb,
    operand: 'ID',
    summary: 'End an initial access token and what came from it',
    details: [
      'Without --close everything that came from it ends: its agents, their grants, and what was exchanged from those. With --close only further registrations are refused, in which gateways have no part.',
      ...waitingDetails,
    ],
    options: { reason: reasonOption, close: { kind: 'flag', help: 'refuse further registrations only' }, 'no-wait': noWaitOption },
    examples: [
      `chancery ${noun} ${verb} it_01KAW7T0Z5V9N3C8E2QH4JXB6M --reason "leaked"`,
      `chancery ${noun} ${verb} it_01KAW7T0Z5V9N3C8E2QH4JXB6M --reason "all are in" --close`,
    ],
    run: ({ id, reason, close, 'no-wait': noWait }, context) =>
      end(
        {
          path: `/iats/${encodeURIComponent(id)}/${close ? 'close' : 'revoke'}`,
          reason,
          act: `${close ? 'close' : 'revoke'} initial access token ${id}`,
          unknown: 'there is no such initial access token; `npx chancery log list --type iat.minted` shows them (an ID begins with it_)',
          done: close ? `initial access token ${id} is closed` : `initial access token ${id} and all that came from it are revoked`,
          wait: !close && !noWait,
        },
        context,
      ),
  });

export const revokeIat = spelled('revoke', 'iat');
export const iatRevoke = spelled('iat', 'revoke');

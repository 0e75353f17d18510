import type { Context } from '../command.js';
import { formatInstant, type Instant } from '../instant.js';
import { jsonLine } from '../json.js';

export interface Ending {
  /** Path below `/admin/v1`. */
  readonly path: string;
  readonly reason: string;
  /** Completes "could not …". */
  readonly act: string;
  readonly unknown: string;
  /** The sentence a person reads when it is done. */
  readonly done: string;
}

/** Asks for something to end and says since when it has ended. Asking again is harmless: the first time counts. */
export async function end({ path, reason, done, ...act }: Ending, { admin, json, terminal }: Context): Promise<void> {
  const answer = await admin.call<{ at?: Instant; already: boolean }>({
    ...act,
    scope: 'chancery:revoke',
    method: 'POST',
    path,
    body: { reason },
  });
  if (json) return terminal.out(jsonLine(answer));
  const when = answer.at === undefined ? '' : `, ${answer.already ? 'since' : 'at'} ${formatInstant(answer.at)}`;
  terminal.out(`${terminal.paint('green', '✓')} ${done}${answer.already ? ' already' : ''}${when}`);
}

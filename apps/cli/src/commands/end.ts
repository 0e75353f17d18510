import type { Context } from '../command.js';
import { awaitGateways } from '../gateways/await-gateways.js';
import { fields, sentence } from '../gateways/say.js';
import { formatInstant } from '../instant.js';
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
  /** Until it is in force at every gateway. */
  readonly wait: boolean;
}

interface Ended {
  /** RFC 3339; of what ended it the first time, where that is known. */
  readonly at?: string;
  readonly already: boolean;
  /** Of the event. */
  readonly position?: string;
}

/** For `--help` of what waits. */
export const waitingDetails = [
  'Then it waits until every gateway heard in the last ten seconds says that it is in force there: at most for the longest time one of them may go on without hearing of revocations (30 s unless configured), after which those deny everything.',
  'Ctrl-C ends the waiting and not what was revoked. Exit status is 0 however the waiting ends; times are UTC.',
] as const;

/** Asks for something to end, says since when it has ended, and then where. Asking again is harmless: the first time counts. */
export async function end({ path, reason, done, wait, ...act }: Ending, context: Context): Promise<void> {
  const { admin, json, terminal } = context;
  const answer = await admin.call<Ended>({ ...act, scope: 'chancery:revoke', method: 'POST', path, body: { reason } });
  if (!json) terminal.out(`${terminal.paint('green', '✓')} ${done}${when(answer)}`);
  if (!wait) return json ? terminal.out(jsonLine(answer)) : undefined;
  const awaited = await awaitGateways(answer, context);
  const { out, err } = sentence(awaited, answer.already);
  if (err !== undefined) terminal.err(err);
  const gateways = fields(awaited, answer.already);
  if (json) terminal.out(jsonLine({ ...answer, ...(gateways && { gateways }) }));
  else if (out !== undefined) terminal.out(`  ${out}`);
}

const when = ({ at, already }: Ended): string =>
  `${already ? ' already' : ''}${at === undefined ? '' : `, ${already ? 'since' : 'at'} ${formatInstant(at)}`}`;

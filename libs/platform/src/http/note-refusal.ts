import type { OAuthError } from '@chancery/oauth';
import type { Log } from '../logs/log.js';
import type { Refusal, Refusals } from '../refusals/refusals.js';

export interface NotingDeps {
  readonly log: Log;
  readonly refusals: Refusals | undefined;
}

const noted = new WeakSet<OAuthError>();

/** Logs what was answered, and records it where it is a refusal: once, however many hands the error passes through. */
export function noteRefusal(refusal: Refusal, { log, refusals }: NotingDeps): void {
  const { error } = refusal;
  if (noted.has(error)) return;
  noted.add(error);
  write(refusal, log);
  if (error.status < 500) refusals?.record(refusal);
}

/** A fault is somebody's to mend; a service that is away will come back; a refusal is in the records, and here only when one looks closely. */
function write({ error, endpoint, requestId }: Refusal, log: Log): void {
  const fields = { endpoint, requestId, status: error.status, reason: error.refusal };
  if (error.code === 'server_error') log.error({ ...fields, err: error.cause ?? error }, 'a request met a fault');
  else if (error.status >= 500) log.warn({ ...fields, err: error.cause ?? error }, 'a request met something that is away');
  else log.debug({ ...fields, err: error }, 'a request was refused');
}

import { ReaderStopped, StoreUnavailable, Unhandleable } from '@chancery/eventstore';
import { UnreadableEvent } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { ConfigError } from '../config/config.js';
import { KeyRefused } from '../keys/key-ring.js';
import { FetchRefused } from '../outbound/fetch-refused.js';

/** Errors whose text we wrote ourselves. Any other may quote what it stumbled over: a row, a token, a connection string. */
const ours = [StoreUnavailable, ReaderStopped, Unhandleable, UnreadableEvent, ConfigError, KeyRefused, FetchRefused];

const deepest = 4;

/** What a log line says about an error, cause by cause. */
export function errorFields(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const fields: Record<string, unknown> = { name: error.name.slice(0, 64) };
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') fields['code'] = code.slice(0, 64);
  if (error instanceof OAuthError)
    Object.assign(fields, { refusal: error.refusal, ...(error.detail !== undefined && { detail: error.detail }) });
  else if (ours.some((kind) => error instanceof kind)) fields['message'] = error.message;
  else Object.assign(fields, { at: frames(error) });
  if (error.cause !== undefined && depth < deepest) fields['cause'] = errorFields(error.cause, depth + 1);
  return fields;
}

/** Where it happened. V8 puts the message before the frames, and only what follows exactly that is known to be frames. */
function frames({ name, message, stack = '' }: Error): string[] {
  const heads = message === '' ? [name, 'Error'] : [`${name}: ${message}`, `Error: ${message}`];
  const head = heads.find((text) => stack.startsWith(`${text}\n    at `));
  if (head === undefined) return [];
  return stack
    .slice(head.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, 8);
}

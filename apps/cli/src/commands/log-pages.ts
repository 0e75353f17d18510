import type { AdminApi } from '../admin.js';
import type { LogQuestion } from './log-options.js';

/** One entry of the audit log. */
export interface LogEntry {
  /** The audit log's own number. */
  readonly position: number;
  /** RFC 3339. */
  readonly at: string;
  readonly type: string;
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the API gives at once. */
const pageSize = 1_000;

export interface PageRequest extends LogQuestion {
  /** Seconds to wait for an entry where there is none yet. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** Entries after `since`, oldest first, at most 1 000. @throws Refused */
export async function logPage(admin: AdminApi, { agent, type, since, limit, wait, signal }: PageRequest): Promise<readonly LogEntry[]> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ agent, type, since, limit: Math.min(limit ?? pageSize, pageSize), wait }))
    if (value !== undefined) query.set(name, String(value));
  const { entries } = await admin.call<{ entries: readonly LogEntry[] }>({
    act: 'read the log',
    scope: 'chancery:audit',
    method: 'GET',
    path: `/log?${query.toString()}`,
    ...(wait !== undefined && { wait }),
    ...(signal && { signal }),
  });
  return entries;
}

/** The question that goes on after `entries`; undefined when its limit is reached. */
export function after<Question extends LogQuestion>(question: Question, entries: readonly LogEntry[]): Question | undefined {
  const limit = question.limit === undefined ? undefined : question.limit - entries.length;
  if (limit !== undefined && limit <= 0) return undefined;
  return { ...question, limit, since: entries.at(-1)?.position ?? question.since };
}

import type { DataSource } from 'typeorm';
import type { HeadWatch } from './head-watch.js';
import type { LogRequest } from './log-request.js';
import { lastPosition, type LogEntry, readLog } from './read-log.js';

export interface FollowLogDeps {
  readonly dataSource: DataSource;
  readonly tenant: string;
  readonly watch: HeadWatch;
}

/** Answers at once when there is something, else as soon as there is, else with nothing when the wait is over or the asker gone. */
export async function followLog(request: LogRequest, signal: AbortSignal, deps: FollowLogDeps): Promise<readonly LogEntry[]> {
  const { dataSource, tenant, watch } = deps;
  const deadline = performance.now() + request.wait * 1_000;
  for (;;) {
    // Before the reading, so that what comes in between is not waited for.
    const head = request.wait > 0 ? await lastPosition(dataSource, tenant) : 0;
    const entries = await readLog(dataSource, tenant, request);
    const milliseconds = deadline - performance.now();
    if (entries.some((entry) => !readsTheLog(entry)) || milliseconds <= 0) return entries;
    if (!(await watch.beyond(Math.max(head, request.since), { milliseconds, signal }))) return entries;
  }
}

/** Every reading of the log is a call, and so an entry: one that only tells of readings must not end the wait of the next reading. */
const readsTheLog = ({ type, data }: LogEntry): boolean =>
  type === 'activity.allowed' && (data as { path?: unknown }).path === '/admin/v1/log';

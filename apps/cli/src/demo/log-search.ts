import { after, type LogEntry, logPage, type PageRequest } from '../commands/log-pages.js';
import type { Stage } from './stage.js';

export interface Search {
  readonly agent: string;
  readonly wanted: (entry: LogEntry) => boolean;
  /** 1 unless told. */
  readonly count?: number;
}

/** Entries that concern an agent and are wanted, once there are enough of them; fewer when they do not come. The server keeps the question open, nobody sleeps. */
export async function inLog({ operator, patience }: Stage, { agent, wanted, count = 1 }: Search): Promise<readonly LogEntry[]> {
  const deadline = performance.now() + patience.log;
  const found: LogEntry[] = [];
  let question: PageRequest | undefined = { agent, type: undefined, since: undefined, limit: undefined, wait: 2 };
  while (question && found.length < count && performance.now() < deadline) {
    const entries: readonly LogEntry[] = await logPage(operator, question);
    found.push(...entries.filter(wanted));
    question = after(question, entries);
  }
  return found;
}

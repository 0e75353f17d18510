import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, defineCommand } from '../command.js';
import { Unavailable } from '../failure.js';
import { logPrinter } from './log-line.js';
import { logOptions } from './log-options.js';
import { after, logPage, type LogEntry, type PageRequest } from './log-pages.js';

/** Seconds the server is asked to keep a question open. */
const wait = 20;
/** Milliseconds before the next question while Chancery is away, or has told of nothing but questions. */
const pause = 1_000;

export const logTail = defineCommand({
  noun: 'log',
  verb: 'tail',
  summary: 'List events and activity, and what comes',
  details: ['Takes what log list takes. It ends at Ctrl-C, with --limit after so many. A restart of Chancery is waited for.'],
  options: logOptions,
  examples: [
    'chancery log tail',
    'chancery log tail --type activity.denied --json',
    'chancery log tail --since 1200 --agent ag_3fMnZ0rTq1Xc5vB8kLwD2A',
  ],
  async run({ agent, type, since, limit }, context) {
    const signal = context.untilInterrupted();
    const print = logPrinter(context);
    const next = follower(context, signal);
    let question: PageRequest | undefined = { agent, type, since, limit, wait, signal };
    while (question && !signal.aborted) {
      const entries: readonly LogEntry[] = await next(question);
      print(entries);
      if (onlyReadings(entries)) await paused(signal);
      question = after(question, entries);
    }
  },
});

/** Asks again after a silence, but only once something has been answered: whoever starts with a refusal is told. */
function follower({ admin, terminal }: Context, signal: AbortSignal): (question: PageRequest) => Promise<readonly LogEntry[]> {
  let answered = false;
  let waiting = false;
  return async (question) => {
    try {
      const entries = await logPage(admin, question);
      answered = true;
      waiting = false;
      return entries;
    } catch (error) {
      if (signal.aborted) return [];
      if (!answered || !(error instanceof Unavailable)) throw error;
      if (!waiting) terminal.err(`chancery: ${error.message}; waiting for it`);
      waiting = true;
      await paused(signal);
      return [];
    }
  };
}

// Reading the log is on record too: told of its own question, a tail that asked again at once would keep itself busy for ever.
const onlyReadings = (entries: readonly LogEntry[]): boolean =>
  entries.length > 0 && entries.every(({ type, data }) => type.startsWith('activity.') && data['path'] === '/admin/v1/log');

const paused = (signal: AbortSignal): Promise<unknown> => sleep(pause, undefined, { signal }).catch(() => undefined);

import { defineCommand } from '../command.js';
import { logPrinter } from './log-line.js';
import { logOptions } from './log-options.js';
import { after, logPage, type PageRequest } from './log-pages.js';

export const logList = defineCommand({
  noun: 'log',
  verb: 'list',
  summary: 'List events and activity, oldest first',
  details: [
    'With --json one object a line: position, at, type, stream, data. Without --limit everything there is. An empty list prints nothing.',
  ],
  options: logOptions,
  examples: [
    'chancery log list --limit 20',
    'chancery log list --agent ag_3fMnZ0rTq1Xc5vB8kLwD2A --json',
    'chancery log list --type activity.denied --since 1200',
  ],
  async run({ agent, type, since, limit }, context) {
    const print = logPrinter(context);
    let question: PageRequest | undefined = { agent, type, since, limit };
    while (question) {
      const entries = await logPage(context.admin, question);
      print(entries);
      question = entries.length === 0 ? undefined : after(question, entries);
    }
  },
});

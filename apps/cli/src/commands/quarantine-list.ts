import { defineCommand } from '../command.js';
import { formatInstant, type Instant } from '../instant.js';
import { jsonLine } from '../json.js';
import { type Column, table } from '../table.js';

interface Quarantined {
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly time: Instant;
  readonly cause: string;
}

const columns: readonly Column<Quarantined>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'GROUP', of: ({ group }) => group },
  { title: 'KEY', of: ({ key }) => key },
  { title: 'TIME (UTC)', of: ({ time }) => formatInstant(time), optional: true },
  { title: 'EVENT', of: ({ type }) => type, flexible: true },
  { title: 'CAUSE', of: ({ cause }) => cause, flexible: true, style: ({ cause }) => (cause === 'held' ? undefined : 'red') },
];

/** What the API gives at once. */
const most = 1_000;

export const quarantineList = defineCommand({
  noun: 'quarantine',
  verb: 'list',
  summary: 'List records that could not be handled',
  details: [
    'Oldest first, a thousand at most. A record that failed says with what; later ones of its key are held until somebody decides: quarantine retry when what was wrong is put right, else quarantine drop. An empty list prints nothing.',
  ],
  options: { group: { kind: 'text', value: 'GROUP', help: 'only what these consumers could not handle', max: 128 } },
  examples: ['chancery quarantine list', 'chancery quarantine list --group audit --json'],
  async run({ group }, { admin, json, terminal }) {
    const query = new URLSearchParams({ limit: String(most), ...(group !== undefined && { group }) });
    const answer = await admin.call<{ records: readonly Quarantined[] }>({
      act: 'list the quarantine',
      scope: 'chancery:audit',
      method: 'GET',
      path: `/quarantine?${query.toString()}`,
    });
    if (json) for (const record of answer.records) terminal.out(jsonLine(record));
    else if (answer.records.length > 0) for (const line of table(columns, answer.records, terminal)) terminal.out(line);
  },
});

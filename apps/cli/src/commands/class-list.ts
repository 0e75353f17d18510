import { readClasses, type ShownClass } from '../classes/class-api.js';
import { shownValue } from '../classes/show-changes.js';
import { defineCommand } from '../command.js';
import { jsonLine } from '../json.js';
import { type Column, table } from '../table.js';

type Listed = Pick<ShownClass, 'class' | 'definition'>;

const member =
  (name: string) =>
  ({ definition }: Listed): string =>
    shownValue(definition[name]);

const columns: readonly Column<Listed>[] = [
  { title: 'CLASS', of: (listed) => listed.class },
  { title: 'OWNER', of: member('owner'), flexible: true, optional: true },
  { title: 'AGENTS', of: member('max_agents') },
  { title: 'AN HOUR', of: member('registrations_per_hour') },
  { title: 'APPROVAL', of: member('approval_required') },
  { title: 'SCOPE', of: member('scope'), flexible: true, optional: true },
];

export const classList = defineCommand({
  noun: 'class',
  verb: 'list',
  summary: 'List the IAT classes',
  details: ['AGENTS is how many may live under a class at once and AN HOUR how many may register in one; – is any number.'],
  options: {},
  examples: ['chancery class list', 'chancery class list --json'],
  async run(_values, { admin, json, terminal }) {
    const answer = await readClasses(admin);
    if (json) terminal.out(jsonLine(answer));
    else for (const line of table(columns, answer.classes, terminal)) terminal.out(line);
  },
});

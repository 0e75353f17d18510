import { readClass } from '../classes/class-api.js';
import { shownValue } from '../classes/show-changes.js';
import { defineCommand } from '../command.js';
import { formatInstant } from '../instant.js';
import { jsonLine } from '../json.js';
import { facts } from '../table.js';

export const classShow = defineCommand({
  noun: 'class',
  verb: 'show',
  operand: 'NAME',
  summary: 'Show what a class says now',
  details: ['With --json, `definition` is what `class define` takes: change it and define the class again.'],
  options: {},
  examples: ['chancery class show default', 'chancery class show default --json'],
  async run({ id: name }, { admin, json, terminal }) {
    const shown = await readClass(admin, name);
    if (json) return terminal.out(jsonLine(shown));
    const pairs: [string, string][] = [
      ['class', shown.class],
      ['version', String(shown.version)],
      ['defined', `${formatInstant(shown.defined_at)} by ${shown.defined_by}`],
      ...Object.entries(shown.definition).map(([member, value]): [string, string] => [member, shownValue(value)]),
    ];
    for (const line of facts(pairs, terminal)) terminal.out(line);
  },
});

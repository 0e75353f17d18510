import { defineClass, previewClass } from '../classes/class-api.js';
import { showChanges } from '../classes/show-changes.js';
import { defineCommand } from '../command.js';
import { jsonLine } from '../json.js';
import { readJsonObject } from '../json-file.js';

export const classDefine = defineCommand({
  noun: 'class',
  verb: 'define',
  operand: 'NAME',
  summary: 'Define a class, or say it anew',
  details: [
    'The file holds the whole class, as `definition` of `class show NAME --json`. What it leaves out is not said any more.',
    'It shows what will change before it is changed. Narrowing a class narrows each of its agents at its next token; widening one changes nobody who is there.',
  ],
  options: {
    file: { kind: 'text', value: 'FILE', help: 'the class as JSON; - for standard input', required: true, max: 4_096 },
  },
  examples: ['chancery class define mail-agents --file mail-agents.json', 'chancery class define mail-agents --file -'],
  async run({ id: name, file }, { admin, json, terminal }) {
    await admin.ready();
    const definition = await readJsonObject(file);
    const { version, changes } = await previewClass(admin, name, definition);
    if (!json) showChanges(changes, terminal);
    if (changes.length === 0) return json ? terminal.out(jsonLine({ class: name, version, changes })) : undefined;
    const { at, position } = await defineClass(admin, name, definition);
    if (json) terminal.out(jsonLine({ class: name, version: version + 1, changes, at, position }));
    else terminal.out(`${terminal.paint('green', '✓')} class ${name} is defined, version ${version + 1}`);
  },
});

import { defineCommand, reasonOption } from '../command.js';
import { jsonLine } from '../json.js';

export const quarantineDrop = defineCommand({
  noun: 'quarantine',
  verb: 'drop',
  operand: 'ID',
  summary: 'Give one record in quarantine up for good',
  details: [
    'This cannot be undone: the record never enters the log. That it was given up does, with the reason and your name. What is held behind it goes on once nothing that failed is left of its key.',
  ],
  options: { reason: reasonOption },
  examples: ['chancery quarantine drop 17 --reason "written by a test"'],
  async run({ id, reason }, { admin, json, terminal }) {
    const answer = await admin.call<{ id: string }>({
      act: `drop record ${id}`,
      unknown: 'nothing in quarantine has that ID; `npx chancery quarantine list` shows what is there',
      scope: 'chancery:policy',
      method: 'POST',
      path: `/quarantine/${encodeURIComponent(id)}/drop`,
      body: { reason },
    });
    if (json) terminal.out(jsonLine(answer));
    else terminal.out(`${terminal.paint('green', '✓')} record ${id} is given up`);
  },
});

import { defineCommand } from '../command.js';
import { WrongUsage } from '../failure.js';
import { cutCheckpoint, readProof } from '../roll/roll-api.js';

export const logProve = defineCommand({
  noun: 'log',
  verb: 'prove',
  operand: 'POSITION',
  summary: 'Prove to an outsider that one entry is in the roll',
  details: [
    'Prints one line of JSON: the entry, a signed checkpoint, and the hashes that lead from one to the other. It holds no other entry.',
    'Who has it and the public key verifies it with log verify, or with examples/verify-roll, which needs nothing of Chancery’s.',
  ],
  options: {},
  examples: ['chancery log prove 1200'],
  async run({ id }, { admin, terminal }) {
    const position = /^[1-9][0-9]{0,14}$/.test(id) ? Number(id) : undefined;
    if (position === undefined) throw new WrongUsage('POSITION must be a whole number, 1 or more');
    await cutCheckpoint(admin, `prove position ${position}`);
    // As it came: another way to write the same JSON would be another text.
    terminal.out(await readProof(admin, position));
  },
});

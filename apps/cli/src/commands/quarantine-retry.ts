import { defineCommand } from '../command.js';
import { Refused } from '../failure.js';
import { jsonLine } from '../json.js';
import { printable } from '../text.js';

interface Retried {
  readonly handled: number;
  readonly waiting: number;
  readonly cause?: string;
  readonly pending: boolean;
}

const records = (count: number): string => `${count} record${count === 1 ? '' : 's'}`;

export const quarantineRetry = defineCommand({
  noun: 'quarantine',
  verb: 'retry',
  operand: 'GROUP',
  secondOperand: 'KEY',
  summary: 'Try again what waits under a key, in order',
  details: [
    'For when what was wrong is put right. What fails again stays, with its cause, and the rest of its key behind it: exit 1. Group and key are as quarantine list shows them.',
  ],
  options: {},
  examples: ['chancery quarantine retry audit main/grant/gr_01KAW7T0Z5V9N3C8E2QH4JXB6M'],
  async run({ id: group, second: key }, { admin, json, terminal }) {
    const { handled, waiting, cause, pending } = await admin.call<Retried>({
      act: `retry ${key} of ${group}`,
      unknown: 'nothing of that group and key is in quarantine; `npx chancery quarantine list` shows what is',
      scope: 'chancery:audit',
      method: 'POST',
      path: '/quarantine/retry',
      body: { group, key },
    });
    if (json) terminal.out(jsonLine({ handled, waiting, ...(cause !== undefined && { cause }), pending }));
    else if (pending)
      terminal.out(`${terminal.paint('yellow', '…')} released; its consumers wait for something, and handle it when that is back`);
    else terminal.out(`${terminal.paint(waiting === 0 ? 'green' : 'yellow', waiting === 0 ? '✓' : '✗')} ${records(handled)} handled`);
    if (waiting > 0 && !pending) throw new Refused(`${records(waiting)} of ${key} still in quarantine: ${printable(cause ?? 'held')}`);
  },
});

import { adminScopesIn } from '../admin.js';
import { defineCommand, reasonOption } from '../command.js';
import { jsonLine } from '../json.js';
import { printable } from '../text.js';

interface Waiting {
  readonly name?: string;
  readonly class?: string;
  readonly scope: string;
}

export const agentApprove = defineCommand({
  noun: 'agent',
  verb: 'approve',
  operand: 'ID',
  summary: 'Let in an agent whose class makes it wait',
  details: ["Until then it gets no token. You can approve no agent with more of the operators' API than you have yourself."],
  options: { reason: reasonOption },
  examples: ['chancery agent approve ag_3fMnZ0rTq1Xc5vB8kLwD2A --reason "asked for in #platform"'],
  async run({ id, reason }, { admin, json, terminal }) {
    const path = `/agents/${encodeURIComponent(id)}`;
    const unknown = 'there is no such agent; `npx chancery agent list` lists them';
    const about = { act: `approve agent ${id}`, unknown } as const;
    const { name, class: iatClass, scope } = await admin.call<Waiting>({ ...about, scope: 'chancery:registry', method: 'GET', path });
    const answer = await admin.call<{ already: boolean }>({
      ...about,
      scope: ['chancery:registry', ...adminScopesIn(scope.split(' '))],
      method: 'POST',
      path: `${path}/approve`,
      body: { reason },
    });
    if (json) return terminal.out(jsonLine(answer));
    const who = [name && `"${name}"`, iatClass && `of class ${iatClass}`].filter(Boolean).join(' ');
    terminal.out(`${terminal.paint('green', '✓')} agent ${id}${who && ` (${printable(who)})`} may act${answer.already ? ' already' : ''}`);
  },
});

import type { AdminApi } from '../admin.js';
import { defineCommand } from '../command.js';
import { formatUntil, type Instant } from '../instant.js';
import { jsonLine } from '../json.js';
import { type Column, table } from '../table.js';
import type { Style } from '../terminal.js';

interface ListedAgent {
  readonly client_id: string;
  readonly name?: string | null;
  readonly status: string;
  readonly class?: string | null;
  readonly lease_expires_at?: Instant;
  readonly scope: string;
}

interface Page {
  readonly agents: readonly ListedAgent[];
  readonly as_of: string;
}

const statusStyles: Readonly<Record<string, Style>> = {
  active: 'green',
  pending: 'cyan',
  suspended: 'yellow',
  expired: 'yellow',
  revoked: 'red',
  deleted: 'red',
};

const columns: readonly Column<ListedAgent>[] = [
  { title: 'AGENT', of: (agent) => agent.client_id },
  { title: 'NAME', of: (agent) => agent.name ?? '–', flexible: true },
  { title: 'STATUS', of: (agent) => agent.status, style: (agent) => statusStyles[agent.status] },
  { title: 'CLASS', of: (agent) => agent.class ?? '–', flexible: true, optional: true },
  { title: 'LEASE', of: (agent) => formatUntil(agent.lease_expires_at, Date.now()) },
  { title: 'SCOPE', of: (agent) => agent.scope, flexible: true, optional: true },
];

export const agentList = defineCommand({
  noun: 'agent',
  verb: 'list',
  summary: 'List the agents, operators among them',
  options: {},
  examples: ['chancery agent list', 'chancery agent list --json'],
  async run(_values, { admin, json, terminal }) {
    const answer = await everyAgent(admin);
    if (json) terminal.out(jsonLine(answer));
    else for (const line of table(columns, answer.agents, terminal)) terminal.out(line);
  },
});

/** What the API gives at once. */
const pageSize = 1_000;

/** All pages as one; it holds as of the first. */
async function everyAgent(admin: AdminApi): Promise<Page> {
  const pages: Page[] = [];
  let last: ListedAgent | undefined;
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(last && { after: last.client_id }) });
    const page = await admin.call<Page>({
      act: 'list the agents',
      scope: 'chancery:registry',
      method: 'GET',
      path: `/agents?${query.toString()}`,
    });
    pages.push(page);
    last = page.agents.length === pageSize ? page.agents.at(-1) : undefined;
  } while (last);
  return { agents: pages.flatMap(({ agents }) => agents), as_of: pages[0]?.as_of ?? '' };
}

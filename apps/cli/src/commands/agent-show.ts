import { defineCommand } from '../command.js';
import { formatInstant, formatUntil, type Instant } from '../instant.js';
import { jsonLine } from '../json.js';
import { facts } from '../table.js';

type Agent = Readonly<Record<string, unknown>>;

/** What is shown first, by its name in the API, and how people call it. */
const labels: Readonly<Record<string, string>> = {
  client_id: 'agent',
  name: 'name',
  status: 'status',
  class: 'class',
  iat_id: 'IAT',
  registered_at: 'registered',
  lease_expires_at: 'lease ends',
  auth_method: 'authenticates by',
  grant_types: 'grant types',
  dpop_bound: 'tokens bound',
  audiences: 'audiences',
  scope: 'scope',
};

export const agentShow = defineCommand({
  noun: 'agent',
  verb: 'show',
  operand: 'ID',
  summary: 'Show one agent, and what it may do as things stand',
  details: ['Effective is what its next token can hold: its registration, narrowed by its class and the resources as they are today.'],
  options: {},
  examples: ['chancery agent show ag_3fMnZ0rTq1Xc5vB8kLwD2A'],
  async run({ id }, { admin, json, terminal }) {
    const agent = await admin.call<Agent>({
      act: `show agent ${id}`,
      unknown: 'there is no such agent; `npx chancery agent list` lists them',
      scope: 'chancery:registry',
      method: 'GET',
      path: `/agents/${encodeURIComponent(id)}`,
    });
    if (json) terminal.out(jsonLine(agent));
    else for (const line of facts(pairsOf(agent, Date.now()), terminal)) terminal.out(line);
  },
});

function pairsOf(agent: Agent, now: number): [string, string][] {
  const { effective, ...own } = agent;
  const known = Object.keys(labels).filter((name) => name in own);
  const more = Object.keys(own).filter((name) => !(name in labels));
  return [
    ...[...known, ...more].map((name): [string, string] => [labels[name] ?? name, shown(name, own[name], now)]),
    ...(isObject(effective) ? Object.entries(effective) : []).map(([name, value]): [string, string] => [
      `effective ${labels[name] ?? name}`,
      shown(name, value, now),
    ]),
  ];
}

function shown(name: string, value: unknown, now: number): string {
  if (value === null || value === undefined) return '–';
  if (name === 'lease_expires_at') return `${formatInstant(value as Instant)} (${formatUntil(value as Instant, now)})`;
  if (name.endsWith('_at')) return formatInstant(value as Instant);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(' ');
  return typeof value === 'string' && value !== '' ? value : value === '' ? 'none' : JSON.stringify(value);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

import { adminScopesIn } from '../admin.js';
import { defineCommand } from '../command.js';
import { formatInstant, formatUntil, type Instant } from '../instant.js';
import { jsonLine } from '../json.js';
import { facts } from '../table.js';
import type { Terminal } from '../terminal.js';

interface Minted {
  readonly id: string;
  readonly initial_access_token: string;
  readonly class: string;
  readonly uses: number;
  readonly expires_at: Instant;
}

export const iatMint = defineCommand({
  noun: 'iat',
  verb: 'mint',
  summary: 'Make a token that opens registrations of one class',
  details: [
    "Where the class gives scopes of the operators' API, name those you give with --scope: you can give none that you do not have.",
    'The token is shown here once and kept nowhere: Chancery stores its hash. Whoever holds it can register an agent, so hand it over as you would a password.',
  ],
  options: {
    class: { kind: 'text', value: 'NAME', help: 'the IAT class, which says what such agents may do', required: true, max: 128 },
    uses: { kind: 'integer', value: 'N', help: 'how many registrations it opens; 1 unless told', min: 1, max: 10_000 },
    'expires-in': { kind: 'integer', value: 'S', help: 'seconds until it ends; an hour unless told', min: 1 },
    scope: { kind: 'text', value: 'SCOPE', help: 'less than the class grants, space-separated', max: 8_192 },
    audience: { kind: 'text', value: 'URL', help: 'one of the audiences of the class, and no other', max: 2_048 },
    key: { kind: 'text', value: 'JKT', help: 'thumbprint (RFC 7638) of the key whose proof it needs', max: 43 },
    owner: { kind: 'text', value: 'WHO', help: 'who answers for what comes of it', max: 128 },
    note: { kind: 'text', value: 'T', help: 'for whom or what it is; kept in the event' },
  },
  examples: ['chancery iat mint --class default', 'chancery iat mint --class default --uses 3 --expires-in 600 --note "mail agents"'],
  async run(values, { admin, json, terminal }) {
    const { class: name, uses, audience, key, owner, note, 'expires-in': expiresIn } = values;
    const scope = values.scope?.split(' ').filter((each) => each !== '');
    const minted = await admin.call<Minted>({
      act: `mint an initial access token of class ${name}`,
      scope: ['chancery:registry', ...adminScopesIn(scope ?? [])],
      method: 'POST',
      path: '/iats',
      body: {
        class: name,
        ...(uses !== undefined && { uses }),
        ...(expiresIn !== undefined && { expires_in: expiresIn }),
        ...(scope && { scope }),
        ...(audience !== undefined && { audiences: [audience] }),
        ...(key !== undefined && { jkt: key }),
        ...(owner !== undefined && { owner }),
        ...(note !== undefined && { note }),
      },
    });
    if (json) terminal.out(jsonLine(minted));
    else show(minted, terminal);
  },
});

function show(minted: Minted, terminal: Terminal): void {
  const pairs = [
    ['id', minted.id],
    ['class', minted.class],
    ['uses', String(minted.uses)],
    ['expires', `${formatInstant(minted.expires_at)} (${formatUntil(minted.expires_at, Date.now())})`],
    ['token', minted.initial_access_token],
  ] as const;
  for (const line of facts(pairs, terminal)) terminal.out(line);
  terminal.out('');
  terminal.out(terminal.paint('yellow', 'The token is shown this once. An agent sends it as the bearer token of POST /register.'));
}

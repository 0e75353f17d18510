import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../spec-kit/command-line.js';
import { standIn, type StandIn } from '../spec-kit/stand-in.js';

const definition = {
  profile: 'ai_agent',
  owner: 'Mail team',
  scope: ['mail:read', 'mail:send'],
  sender_constraint: ['dpop'],
  lease: 86_400,
};
const changes = [
  { member: 'scope', from: ['mail:read', 'mail:send'], to: ['mail:read'] },
  { member: 'max_agents', to: 50 },
];
const shown = { class: 'mail', version: 2, defined_at: '2026-11-24T22:57:03.123456Z', defined_by: 'op_first', definition };

let chancery: StandIn;
const folder = temporaryFolder();
beforeEach(async () => (chancery = await standIn()));
afterEach(() => chancery.close());
afterAll(() => folder.remove());

async function typed(line: string, columns = 80) {
  const result = await commandLine(line.split(' '), { operatorFile: chancery.operatorFile, columns });
  expect(chancery.refused).toEqual([]);
  return result;
}
const seen = () => chancery.seen.map(({ method, path, scope }) => `${method} ${path} ${scope}`);
function fileOf(content: unknown): string {
  const file = join(folder.path, 'class.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('class list', () => {
  it('is a table of what each lets in', async () => {
    const classes = [
      shown,
      { class: 'few', definition: { ...definition, max_agents: 5, registrations_per_hour: 10, approval_required: true } },
    ];
    chancery.handlers['GET /admin/v1/classes'] = () => ({ body: { classes } });
    expect((await typed('class list')).out.split('\n')).toEqual([
      'CLASS  OWNER      AGENTS  AN HOUR  APPROVAL  SCOPE',
      'mail   Mail team  –       –        –         mail:read mail:send',
      'few    Mail team  5       10       yes       mail:read mail:send',
    ]);
    expect(JSON.parse((await typed('class list --json')).out)).toEqual({ classes });
    expect(seen()[0]).toBe('GET /admin/v1/classes chancery:registry');
  });
});

describe('class show', () => {
  it('says what it says, since when and by whom', async () => {
    chancery.handlers['GET /admin/v1/classes/mail'] = () => ({ body: shown });
    const lines = (await typed('class show mail')).out.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines).toContainEqual(['version', '2']);
    expect(lines).toContainEqual(['defined', '2026-11-24 22:57:03Z by op_first']);
    expect(lines).toContainEqual(['scope', 'mail:read mail:send']);
    expect(JSON.parse((await typed('class show mail --json')).out)).toEqual(shown);
  });

  it('says so where there is none', async () => {
    const { status, err } = await typed('class show nobody');
    expect([status, err]).toEqual([1, expect.stringContaining('npx chancery class list')]);
  });
});

describe('class define', () => {
  beforeEach(() => {
    chancery.handlers['POST /admin/v1/classes/mail/diff'] = () => ({ body: { class: 'mail', version: 2, changes } });
    chancery.handlers['PUT /admin/v1/classes/mail'] = () => ({
      body: { already: false, at: '2026-11-24T22:57:03.123456Z', position: '9' },
    });
  });

  it('shows what changes, then changes it, with the narrowest scope', async () => {
    const { status, out } = await typed(`class define mail --file ${fileOf(definition)}`);
    expect(status).toBe(0);
    expect(out.split('\n')).toEqual([
      'MEMBER      FROM                 TO',
      'scope       mail:read mail:send  mail:read',
      'max_agents  –                    50',
      '✓ class mail is defined, version 3',
    ]);
    expect(seen()).toEqual(['POST /admin/v1/classes/mail/diff chancery:policy', 'PUT /admin/v1/classes/mail chancery:policy']);
    expect(chancery.seen.map(({ body }) => body)).toEqual([definition, definition]);
  });

  it('gives programs what changed and as which event', async () => {
    const { out } = await typed(`class define mail --file ${fileOf(definition)} --json`);
    expect(JSON.parse(out)).toEqual({ class: 'mail', version: 3, changes, at: '2026-11-24T22:57:03.123456Z', position: '9' });
  });

  it("asks for the scopes of the operators' API that the class gives away, and for no others", async () => {
    await typed(`class define mail --file ${fileOf({ ...definition, scope: ['mail:read', 'chancery:audit', 'chancery:policy'] })}`);
    expect(chancery.scopesAsked).toEqual(['chancery:policy chancery:audit']);
  });

  it('changes nothing where the file says nothing new', async () => {
    chancery.handlers['POST /admin/v1/classes/mail/diff'] = () => ({ body: { class: 'mail', version: 2, changes: [] } });
    expect((await typed(`class define mail --file ${fileOf(definition)}`)).out).toBe('nothing changes');
    expect(seen()).toEqual(['POST /admin/v1/classes/mail/diff chancery:policy']);
  });

  it('changes nothing that is refused beforehand', async () => {
    const refusal = { error: 'invalid_request', error_description: 'attestation is not available here' };
    chancery.handlers['POST /admin/v1/classes/mail/diff'] = () => ({ status: 400, body: refusal });
    const { status, err } = await typed(`class define mail --file ${fileOf(definition)}`);
    expect([status, err]).toEqual([1, expect.stringContaining('attestation is not available here')]);
    expect(seen()).toHaveLength(1);
  });

  it.each([
    ['is not JSON', '{"a":'],
    ['holds no JSON object', '[1]'],
  ])('says that the file %s, and nothing of what is in it', async (what, content) => {
    const { status, err } = await typed(`class define mail --file ${fileOf(content)}`);
    expect([status, err]).toEqual([1, expect.stringContaining(what)]);
    expect(err).not.toContain(content);
    expect(seen()).toEqual([]);
  });

  it('says that there is no such file', async () => {
    const { status, err } = await typed('class define mail --file /nowhere/class.json');
    expect([status, err]).toEqual([1, expect.stringContaining('there is no such file')]);
  });
});

describe('class diff', () => {
  const version = (number: number, all: object[]) => ({
    version: number,
    defined_at: `2026-11-2${number}T10:00:00Z`,
    defined_by: `op_${number}`,
    changes: all,
  });
  const versions = [
    version(1, [
      { member: 'scope', to: ['a', 'b'] },
      { member: 'lease', to: 60 },
    ]),
    version(2, [
      { member: 'scope', from: ['a', 'b'], to: ['a'] },
      { member: 'shared', to: true },
    ]),
    version(3, [
      { member: 'shared', from: true },
      { member: 'lease', from: 60, to: 120 },
    ]),
  ];
  beforeEach(() => (chancery.handlers['GET /admin/v1/classes/mail/versions'] = () => ({ body: { class: 'mail', versions } })));

  it('is what the last version changed, and who made it', async () => {
    expect((await typed('class diff mail')).out.split('\n')).toEqual([
      'version 3, 2026-11-23 10:00:00Z by op_3',
      'MEMBER  FROM  TO',
      'shared  yes   –',
      'lease   60    120',
    ]);
  });

  it('of several is what is otherwise in the end', async () => {
    const { out } = await typed('class diff mail --from 1 --to 3 --json');
    expect(JSON.parse(out)).toMatchObject({
      from: 1,
      to: 3,
      changes: [
        { member: 'scope', from: ['a', 'b'], to: ['a'] },
        { member: 'lease', from: 60, to: 120 },
      ],
      versions: [{ version: 2 }, { version: 3 }],
    });
    expect(JSON.parse((await typed('class diff mail --from 0 --to 1 --json')).out).changes).toEqual(versions[0]?.changes);
  });

  it('of what is not there is refused', async () => {
    expect((await typed('class diff mail --to 4')).err).toContain('has no version 4');
    expect(await typed('class diff mail --from 2 --to 2')).toMatchObject({ status: 2 });
    expect(await typed('class diff mail --from 2 --file x')).toMatchObject({ status: 2 });
  });

  it('of a file is what it would change', async () => {
    chancery.handlers['POST /admin/v1/classes/mail/diff'] = () => ({ body: { class: 'mail', version: 2, changes } });
    expect((await typed(`class diff mail --file ${fileOf(definition)}`)).out).toContain('max_agents  –');
    expect(seen()).toEqual(['POST /admin/v1/classes/mail/diff chancery:policy']);
  });
});

describe('agent approve', () => {
  const agent = { client_id: 'ag_1', name: 'Mail\u001b[2J', class: 'mail', status: 'pending', scope: 'mail:read' };

  it('lets it in, and says whom', async () => {
    chancery.handlers['GET /admin/v1/agents/ag_1'] = () => ({ body: agent });
    chancery.handlers['POST /admin/v1/agents/ag_1/approve'] = () => ({ body: { already: false } });
    const { status, out } = await typed('agent approve ag_1 --reason known');
    expect([status, out]).toEqual([0, '✓ agent ag_1 ("Mail\ufffd[2J" of class mail) may act']);
    expect(chancery.seen.at(-1)).toMatchObject({ body: { reason: 'known' }, scope: 'chancery:registry' });
    expect(await typed('agent approve ag_1')).toMatchObject({ status: 2 });
  });

  it("asks for as much of the operators' API as the agent would have", async () => {
    chancery.handlers['GET /admin/v1/agents/ag_1'] = () => ({ body: { ...agent, scope: 'chancery:audit' } });
    chancery.handlers['POST /admin/v1/agents/ag_1/approve'] = () => ({ body: { already: true } });
    expect((await typed('agent approve ag_1 --reason known')).out).toMatch(/may act already$/);
    expect(chancery.scopesAsked).toEqual(['chancery:registry', 'chancery:registry chancery:audit']);
  });
});

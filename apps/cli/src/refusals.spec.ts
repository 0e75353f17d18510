import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from '@chancery/oauth/client';
import { canarySecret, expectNoSecret, temporaryFolder } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from './spec-kit/command-line.js';
import { standIn, type StandIn, type StandInAnswer } from './spec-kit/stand-in.js';

let chancery: StandIn;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  chancery = await standIn({ 'GET /admin/v1/agents': () => ({ body: { agents: [], as_of: 1 } }) });
  folder = temporaryFolder();
});
afterEach(async () => {
  await chancery.close();
  folder.remove();
});

const typed = (line: string, operatorFile = chancery.operatorFile) => commandLine(line.split(' '), { operatorFile });

/** One line on standard error, nothing on standard output, exit 1. */
async function refusal(line: string, operatorFile?: string): Promise<string> {
  const { status, out, err } = await typed(line, operatorFile);
  expect(status).toBe(1);
  expect(out).toBe('');
  expect(err.split('\n')).toHaveLength(1);
  expect(err).toMatch(/^chancery: /);
  expect(err).not.toMatch(/\bat .*:\d+:\d+/); // no stack
  return err;
}

const written = (content: string): string => {
  const file = join(folder.path, 'operator.json');
  writeFileSync(file, content);
  return file;
};

describe("the operator's credential", () => {
  it('is good as the first start wrote it', async () => {
    expect(await typed('agent list')).toMatchObject({ status: 0, err: '' });
  });

  it('that is missing is named, with the way to one', async () => {
    const file = join(folder.path, 'operator.json');
    expect(await refusal('agent list', file)).toBe(
      `chancery: there is no operator credential at ${file}: start Chancery with \`npm start\`, or name one with --operator FILE`,
    );
  });

  it('is looked for in the data folder', async () => {
    const { err } = await commandLine(['agent', 'list']);
    expect(err).toContain('/nowhere/operator.json');
  });

  it('that cannot be read is named', async () => {
    mkdirSync(join(folder.path, 'folder'));
    expect(await refusal('agent list', join(folder.path, 'folder'))).toContain('cannot be read (EISDIR)');
  });

  it.skipIf(process.getuid?.() === 0)('that belongs to another user is named', async () => {
    const file = written('{}');
    chmodSync(file, 0);
    expect(await refusal('agent list', file)).toContain('may not be read by this user');
  });

  it.each([
    ['is no JSON', (secret: string) => `{"private_key": "${secret}`],
    ['is no object', (secret: string) => JSON.stringify(secret)],
    ['has no key', (secret: string) => JSON.stringify({ issuer: 'http://127.0.0.1:1', client_id: 'x', note: secret })],
    [
      'has a key that is none',
      (secret: string) =>
        JSON.stringify({ issuer: 'http://127.0.0.1:1', client_id: 'x', private_key: { kty: 'EC', crv: 'P-256', d: secret } }),
    ],
    [
      'has an issuer that is no address',
      (secret: string) => {
        const { privateKey } = generateKey();
        return JSON.stringify({
          issuer: 'file:///etc/passwd',
          client_id: 'x',
          private_key: privateKey.export({ format: 'jwk' }),
          note: secret,
        });
      },
    ],
  ])('that %s is named without a byte of it', async (_, content) => {
    const secret = canarySecret('operator').replaceAll(/["\\]/g, '');
    const file = written(content(secret));
    const err = await refusal('agent list', file);
    expect(err).toContain(`${file} is no operator credential`);
    expectNoSecret(err, { secret }, 'the message');
  });

  it('that Chancery does not know is named', async () => {
    const stranger = { issuer: chancery.issuer, client_id: 'op_first', private_key: generateKey().privateKey.export({ format: 'jwk' }) };
    const file = written(JSON.stringify(stranger));
    expect(await refusal('agent list', file)).toContain(`does not accept the credential in ${file} (invalid_client)`);
    expect(chancery.seen).toEqual([]);
  });
});

describe('a Chancery that is away', () => {
  it('is named with its address and the way to start it', async () => {
    const gone = await standIn();
    await gone.close();
    const credential = { issuer: gone.issuer, client_id: 'x', private_key: generateKey().privateKey.export({ format: 'jwk' }) };
    expect(await refusal('agent list', written(JSON.stringify(credential)))).toBe(
      `chancery: could not list the agents: Chancery does not answer at ${gone.issuer} (connection refused); start it with \`npm start\``,
    );
  });

  it('is told from something else on its port', async () => {
    chancery.handlers['POST /token'] = () => ({ body: '<html>' });
    expect(await refusal('agent list')).toContain(`what answers at ${chancery.issuer} does not speak as Chancery does`);
  });

  it('gets no credential sent on to where it redirects', async () => {
    const thief = await standIn();
    chancery.handlers['POST /token'] = () => ({ status: 307, headers: { location: `${thief.issuer}/token` } });
    await refusal('agent list');
    expect(thief.refused).toEqual([]);
    expect(thief.scopesAsked).toEqual([]);
    await thief.close();
  });
});

describe('a refusal of the API', () => {
  const answer: Record<string, StandInAnswer> = {
    'an unknown agent': { status: 404, body: { error: 'not_found' } },
    'a wrong value': { status: 400, body: { error: 'invalid_request', error_description: 'reason is too long' } },
    'nothing but a code': { status: 400, body: { error: 'invalid_request' } },
    'a missing right': { status: 403, body: { error: 'insufficient_scope' } },
    'a token that is over': { status: 401, body: { error: 'invalid_token' } },
    'an outage': { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '2' } },
    'a failure': { status: 500, body: { error: 'server_error' } },
    'a page of something else': { status: 502, body: '<html>\u001b[2J' },
  };

  it.each([
    ['an unknown agent', 'could not revoke agent ag_1: there is no such agent; `npx chancery agent list` lists them'],
    ['a wrong value', 'could not revoke agent ag_1: reason is too long (invalid_request)'],
    ['nothing but a code', 'could not revoke agent ag_1: it was refused (invalid_request)'],
    [
      'a missing right',
      'could not revoke agent ag_1: this operator may not do that (insufficient_scope); use the credential of one who may with --operator FILE',
    ],
    [
      'a token that is over',
      "could not revoke agent ag_1: the operator's token was not accepted (invalid_token); a machine whose clock is wrong sees this too",
    ],
    ['an outage', 'could not revoke agent ag_1: Chancery cannot answer just now (temporarily_unavailable); try again in 2 s'],
    ['a failure', 'could not revoke agent ag_1: Chancery failed (server_error); its log on standard error says why'],
    ['a page of something else', 'could not revoke agent ag_1: Chancery failed (HTTP 502); its log on standard error says why'],
  ])('says what was refused and what to do: %s', async (name, message) => {
    chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => answer[name] ?? {};
    expect(await refusal('revoke agent ag_1 --reason x')).toBe(`chancery: ${message}`);
  });

  it('lets no server text steer the terminal', async () => {
    chancery.handlers['POST /admin/v1/agents/ag_1/revoke'] = () => ({
      status: 400,
      body: { error: 'bad\u001b[2J', error_description: 'a\nb\u202e' },
    });
    expect(await refusal('revoke agent ag_1 --reason x')).toBe('chancery: could not revoke agent ag_1: a\ufffdb\ufffd (bad\ufffd[2J)');
  });

  it('of the token itself says that the operator may not', async () => {
    chancery.handlers['POST /token'] = () => ({ status: 400, body: { error: 'invalid_scope' } });
    expect(await refusal('agent list')).toContain('may not do that (invalid_scope)');
    expect(chancery.seen).toEqual([]);
  });
});

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../spec-kit/command-line.js';
import { keyText, proofLine, rollFiles, rollText, serveRoll } from '../spec-kit/roll.js';
import { standIn, type StandIn } from '../spec-kit/stand-in.js';

let chancery: StandIn;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  chancery = await standIn();
  serveRoll(chancery);
  folder = temporaryFolder();
});
afterEach(async () => {
  await chancery.close();
  folder.remove();
});

const typed = (line: string) => commandLine(line.split(' '), { operatorFile: chancery.operatorFile });
/** Without a Chancery anywhere. */
const offline = (words: readonly string[]) => commandLine(words);
const asked = () => chancery.seen.map(({ method, path, query }) => [method, path, query.toString()]);
const kept = (text: string): string => {
  const file = join(folder.path, 'kept.jsonl');
  writeFileSync(file, text);
  return file;
};
const flipped = rollText.replace('"number":7,', '"number":8,');
const verified = 'verified: entries 1 to 12 of a roll of 12, under 2 signed checkpoints';

describe('log export', () => {
  it('has a checkpoint cut, then writes the roll to a file of its owner’s', async () => {
    const file = join(folder.path, 'roll.jsonl');
    expect(await typed(`log export ${file}`)).toEqual({ status: 0, out: `entries 1 to 12 are in ${file}`, err: '' });
    expect(readFileSync(file, 'utf8')).toBe(rollText);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(asked()).toEqual([
      ['POST', '/admin/v1/log/checkpoint', ''],
      ['GET', '/admin/v1/log/export', 'from=1'],
      ['GET', '/admin/v1/log/export/entries', 'from=1&to=12'],
    ]);
    expect(chancery.scopesAsked).toEqual(['chancery:audit']);
  });

  it('asks for the part that was named', async () => {
    await typed(`log export ${join(folder.path, 'part.jsonl')} --from 3 --to 9`);
    expect(asked()[1]).toEqual(['GET', '/admin/v1/log/export', 'from=3&to=9']);
  });

  it('reads a long roll page by page', async () => {
    chancery.handlers['GET /admin/v1/log/export'] = () => ({ body: { from: 1, to: 2_300, header: '{}', proofs: [] } });
    expect(await typed(`log export ${join(folder.path, 'long.jsonl')} --json`)).toMatchObject({ status: 0 });
    expect(asked().flatMap(([, path, query]) => (path?.endsWith('/entries') ? [query] : []))).toEqual([
      'from=1&to=1000',
      'from=1001&to=2000',
      'from=2001&to=2300',
    ]);
  });

  it.each([
    ['a range that is not there', 'GET /admin/v1/log/export', 404, 'the roll does not have all of these positions'],
    ['an empty roll', 'POST /admin/v1/log/checkpoint', 404, 'the roll is empty'],
    ['a Chancery that goes away on the way', 'GET /admin/v1/log/export/entries', 503, 'try again in a moment'],
  ])('leaves nothing behind for %s', async (_name, handler, status, message) => {
    chancery.handlers[handler] = () => ({ status, body: { error: 'temporarily_unavailable' } });
    const { status: exit, err } = await typed(`log export ${join(folder.path, 'roll.jsonl')}`);
    expect([exit, readdirSync(folder.path)]).toEqual([1, []]);
    expect(err).toContain(message);
  });

  it('says why a file cannot be written', async () => {
    const { status, err } = await typed(`log export ${join(folder.path, 'none', 'roll.jsonl')}`);
    expect([status, err.endsWith('roll.jsonl cannot be written: there is no such file or folder')]).toEqual([1, true]);
  });

  it('is wrong usage from a later to an earlier position, or without a file', async () => {
    expect((await typed('log export roll.jsonl --from 9 --to 8')).status).toBe(2);
    expect((await typed('log export')).status).toBe(2);
    expect([asked(), existsSync('roll.jsonl')]).toEqual([[], false]);
  });
});

describe('log verify FILE', () => {
  it.each([
    ['a key', keyText],
    ['a file with a key', rollFiles.key],
  ])('needs nothing but the file and %s', async (_name, key) => {
    expect(await offline(['log', 'verify', rollFiles.roll, '--key', key])).toEqual({ status: 0, out: verified, err: '' });
    expect(asked()).toEqual([]);
  });

  it('takes the running Chancery’s key where none is named', async () => {
    expect(await typed(`log verify ${rollFiles.roll}`)).toEqual({ status: 0, out: verified, err: '' });
    expect(asked()).toEqual([['GET', '/admin/v1/log/key', '']]);
  });

  it('exits 1 with the position of the first broken entry', async () => {
    const { status, out, err } = await offline(['log', 'verify', kept(flipped), '--key', keyText]);
    expect({ status, out, err }).toEqual({
      status: 1,
      out: '',
      err: 'chancery: the roll is broken at position 7: the entry is not what was recorded',
    });
  });

  it('gives programs the same as JSON, and the same exit status', async () => {
    const broken = await offline(['log', 'verify', kept(flipped), '--key', keyText, '--json']);
    expect(JSON.parse(broken.out)).toEqual({ verified: false, position: 7, reason: 'the entry is not what was recorded' });
    expect(broken.status).toBe(1);
    const whole = await offline(['log', 'verify', rollFiles.roll, '--key', keyText, '--json']);
    expect([whole.status, JSON.parse(whole.out)]).toEqual([0, { verified: true, from: 1, to: 12, size: 12, checkpoints: 2 }]);
  });

  const lines = rollText.trimEnd().split('\n');
  it.each([
    ['dropped', lines.toSpliced(7, 1).join('\n'), 7],
    [
      'swapped',
      lines
        .with(7, lines[8] as string)
        .with(8, lines[7] as string)
        .join('\n'),
      7,
    ],
    ['no JSON', lines.with(7, '{').join('\n'), 7],
    ['cut off', lines.slice(0, 7).join('\n'), 6],
  ])('names the position of an entry that is %s', async (_name, text, position) => {
    const { status, err } = await offline(['log', 'verify', kept(`${text}${position === 6 ? '' : '\n'}`), '--key', keyText]);
    expect([status, err.includes(`broken at position ${position}:`)]).toEqual([1, true]);
  });

  it('finds what follows the last line break, and a file without any', async () => {
    for (const text of [`${rollText}more`, rollText.trimEnd(), rollText.replaceAll('\n', ' '), ''])
      expect((await offline(['log', 'verify', kept(text), '--key', keyText])).status).toBe(1);
  });

  it('refuses another key, and what is no key', async () => {
    const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await offline(['log', 'verify', rollFiles.roll, '--key', other])).err).toContain(
      'position 1: the checkpoint over it is not signed',
    );
    const { status, err } = await offline(['log', 'verify', rollFiles.roll, '--key', rollFiles.proof]);
    expect([status, err.startsWith('chancery: --key is no public key of a roll')]).toEqual([1, true]);
    expect((await offline(['log', 'verify', rollFiles.roll, '--key', 'nothing'])).err).toContain('--key is no public key, and no file');
  });

  it('says that there is no such file', async () => {
    const { status, err } = await offline(['log', 'verify', '/nowhere/roll.jsonl', '--key', keyText]);
    expect({ status, err }).toEqual({
      status: 1,
      err: 'chancery: /nowhere/roll.jsonl cannot be read: there is no such file or folder',
    });
  });
});

describe('log verify', () => {
  it('without a file verifies the roll of the running Chancery', async () => {
    expect(await typed('log verify')).toEqual({ status: 0, out: verified, err: '' });
    expect(asked().map(([method, path]) => `${method} ${path}`)).toEqual([
      'GET /admin/v1/log/key',
      'POST /admin/v1/log/checkpoint',
      'GET /admin/v1/log/export',
      'GET /admin/v1/log/export/entries',
    ]);
  });

  it('exits 1 with the position when that roll is broken', async () => {
    serveRoll(chancery, flipped);
    const { status, err } = await typed('log verify');
    expect([status, err]).toEqual([1, 'chancery: the roll is broken at position 7: the entry is not what was recorded']);
  });
});

describe('log prove', () => {
  it('prints a proof that verifies by itself', async () => {
    const { status, out } = await typed('log prove 7');
    expect([status, out]).toEqual([0, proofLine]);
    expect(asked()).toEqual([
      ['POST', '/admin/v1/log/checkpoint', ''],
      ['GET', '/admin/v1/log/proof/7', ''],
    ]);
    const { out: said } = await offline(['log', 'verify', kept(`${out}\n`), '--key', keyText]);
    expect(said).toBe('verified: entries 7 to 7 of a roll of 12, under 1 signed checkpoint');
  });

  it('says that there is no such position', async () => {
    chancery.handlers['GET /admin/v1/log/proof/*'] = () => ({ status: 404, body: {} });
    expect((await typed('log prove 99')).err).toBe(
      'chancery: could not prove position 99: the roll has no such position; `npx chancery log list` shows them',
    );
  });

  it.each(['0', 'x', '1.5', '-1', '9999999999999999'])('is wrong usage for position %s', async (position) => {
    expect((await typed(`log prove -- ${position}`)).status === 2 || (await offline(['log', 'prove', position])).status === 2).toBe(true);
    expect(asked()).toEqual([]);
  });
});

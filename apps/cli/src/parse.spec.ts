import { describe, expect, it } from 'vitest';
import { commands } from './commands/index.js';
import { WrongUsage } from './failure.js';
import { parse } from './parse.js';

const parsed = (line: string) => parse(line.split(' ').filter(Boolean), commands);

describe('a command line', () => {
  it('names a command, its options and its operand', () => {
    const invocation = parsed('revoke iat it_1 --reason leaked --close --json');
    expect(invocation).toMatchObject({
      kind: 'run',
      operands: { id: 'it_1', second: '' },
      values: { reason: 'leaked', close: true, json: true, operator: undefined },
    });
    expect(invocation).toHaveProperty('command.noun', 'revoke');
    expect(invocation).toHaveProperty('command.verb', 'iat');
  });

  it('gives numbers as numbers, and nothing for what was not said', () => {
    expect(parsed('iat mint --class default --uses 3')).toMatchObject({
      values: { class: 'default', uses: 3, 'expires-in': undefined, note: undefined, json: false },
    });
  });

  it('takes options before the operand, with = and after --', () => {
    expect(parsed('agent show --json ag_1')).toMatchObject({ operands: { id: 'ag_1' }, values: { json: true } });
    expect(parsed('log list --since=7')).toMatchObject({ values: { since: 7 } });
    expect(parsed('agent show -- -odd')).toMatchObject({ operands: { id: '-odd' } });
  });

  it.each([
    ['iat revoke', 'iat', 'revoke'],
    ['revoke iat', 'revoke', 'iat'],
  ])('knows %s: people look under either noun', (words, noun, verb) => {
    expect(parsed(`${words} it_1 --reason x`)).toMatchObject({ command: { noun, verb }, operands: { id: 'it_1' } });
  });
});

describe('a command line that names two things', () => {
  it('gives both, in their order', () => {
    expect(parsed('quarantine retry audit main/grant/gr_1 --json')).toMatchObject({
      operands: { id: 'audit', second: 'main/grant/gr_1' },
      values: { json: true },
    });
  });
});

describe('a command line that makes no sense', () => {
  it.each([
    ['', 'say what to do'],
    ['--json agent list', 'options come after the command'],
    ['token mint', 'there is no "token"; there are iat, agent, class, revoke, log, quarantine, operator'],
    ['agent', '"agent" needs one of: list, show'],
    ['agent mint', 'there is no "agent mint"; "agent" takes: list, show'],
    ['agent list --foo', "unknown option '--foo'"],
    ['agent list extra', '"extra" is one word too many'],
    ['agent show', 'ID is missing'],
    ['agent show a b', '"b" is one word too many'],
    ['quarantine retry audit', 'KEY is missing'],
    ['quarantine retry audit a b', '"b" is one word too many'],
    ['quarantine retry audit ..', 'KEY cannot be ".."'],
    ['agent show ..', 'ID cannot be ".."'],
    ['agent show .', 'ID cannot be "."'],
    [`agent show ${'x'.repeat(2_049)}`, `ID cannot be "${'x'.repeat(40)}"`],
    ['iat mint', '--class NAME is missing'],
    ['iat mint --class', '--class needs a value'],
    ['iat mint --class --uses 3', '--class needs a value'],
    ['iat mint --class=', '--class is empty'],
    ['iat mint --class a --class b', '--class is given twice'],
    ['iat mint --class a --uses 0', '--uses must be a whole number, from 1 to 10000'],
    ['iat mint --class a --uses 10001', '--uses must be a whole number, from 1 to 10000'],
    ['iat mint --class a --uses 1.5', '--uses must be a whole number'],
    ['iat mint --class a --uses 1e3', '--uses must be a whole number'],
    ['iat mint --class a --expires-in 0', '--expires-in must be a whole number, 1 or more'],
    ['revoke agent ag_1', '--reason TEXT is missing'],
    [`revoke agent ag_1 --reason ${'x'.repeat(513)}`, '--reason is longer than 512 characters'],
    ['revoke agent ag_1 --reason x --close', "unknown option '--close'"],
    ['log list --since=-1', '--since must be a whole number, 0 or more'],
    ['log list --limit 0', '--limit must be a whole number, 1 or more'],
  ])('%s: %s', (line, message) => {
    expect(() => parsed(line)).toThrow(WrongUsage);
    expect(() => parsed(line)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { recordingTerminal } from './spec-kit/command-line.js';
import { type Column, facts, table } from './table.js';
import { fit, printable, width, wrap } from './text.js';

interface Row {
  id: string;
  name: string;
  class: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', of: (row) => row.id },
  { title: 'NAME', of: (row) => row.name, flexible: true },
  { title: 'CLASS', of: (row) => row.class, optional: true },
];
const rows: Row[] = [
  { id: 'ag_1', name: 'mail', class: 'default' },
  { id: 'ag_22', name: 'a keeper of many notes', class: 'x' },
];
const narrow = (screen?: number) => recordingTerminal(screen === undefined ? {} : { columns: screen });

describe('a table', () => {
  it('aligns its columns under a header, with nothing at the end of a line', () => {
    expect(table(columns, rows, narrow())).toEqual([
      'ID     NAME                    CLASS',
      'ag_1   mail                    default',
      'ag_22  a keeper of many notes  x',
    ]);
  });

  it('cuts flexible columns to the width of the screen, never identifiers', () => {
    expect(table(columns, rows, narrow(30))).toEqual([
      'ID     NAME            CLASS',
      'ag_1   mail            default',
      'ag_22  a keeper of m…  x',
    ]);
  });

  it('leaves out what is optional when even that is too wide', () => {
    expect(table(columns, rows, narrow(20))).toEqual(['ID     NAME', 'ag_1   mail', 'ag_22  a keeper of …']);
  });

  it('keeps identifiers whole on a screen that is too narrow for anything', () => {
    expect(table(columns, rows, narrow(5))).toEqual(['ID     NAME', 'ag_1   mail', 'ag_22  a keepe…']);
  });

  it('is a header alone without rows', () => {
    expect(table(columns, [], narrow())).toEqual(['ID  NAME  CLASS']);
  });

  it('lets no name steer the terminal', () => {
    const [, line = ''] = table(columns, [{ id: 'ag_1', name: '\u001b[2J\u202eevil\n\u009b1m', class: '' }], narrow());
    expect(line).toBe('ag_1  \ufffd[2J\ufffdevil\ufffd\ufffd1m');
  });

  it('paints after it aligned', () => {
    const painted = columns.with(2, { title: 'CLASS', of: (row) => row.class, style: () => 'green' as const });
    expect(table(painted, rows.slice(0, 1), recordingTerminal({ colours: true }))[1]).toBe('ag_1  mail  <green>default</green>');
  });
});

describe('facts about one thing', () => {
  it('stand beside their labels, long ones going on below themselves', () => {
    const pairs = [
      ['id', 'ag_1'],
      ['audiences', 'https://a.example https://b.example'],
    ] as const;
    expect(facts(pairs, narrow(30))).toEqual(['id         ag_1', 'audiences  https://a.example', '           https://b.example']);
  });
});

describe('text on a terminal', () => {
  it('is as wide as it looks', () => {
    expect(['abc', 'é', 'e\u0301', '公証', '👍', '한글'].map(width)).toEqual([3, 1, 1, 4, 2, 4]);
  });

  it('is cut by what it looks like, not by code units', () => {
    expect(fit('公証人役場', 6)).toBe('公証…');
    expect(fit('abc', 3)).toBe('abc');
    expect(fit('abcd', 3)).toBe('ab…');
  });

  it('breaks between words and keeps long ones whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('x'.repeat(20), 7)).toEqual(['x'.repeat(20)]);
  });

  it('keeps letters of all scripts', () => {
    expect(printable('Zoë 公証 한글 👍')).toBe('Zoë 公証 한글 👍');
  });
});

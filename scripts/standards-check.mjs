// Checks docs/standards.md against the repository: every id of its own lists has one row, every named file is there, and every named test too.
// Prints what is wrong, one line each, and exits 1.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = 'docs/standards.md';
const idPattern = /\b(?:[A-Z]{2,5}-\d{2}a?|S-\d{3})\b/g;
const states = ['yes', 'partly', 'waits'];
const problems = [];

const text = readFileSync(join(root, page), 'utf8');
const rows = readRows(text);
const listed = text.split('\n## ').flatMap((section) => (section.startsWith('All ids') ? (section.match(idPattern) ?? []) : []));

checkIds();
for (const row of rows) checkRow(row);
checkTitles();

for (const problem of problems) console.error(`${page}: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`${page}: ${listed.length} ids, ${count('yes')} held, ${count('partly')} in part, ${count('waits')} waiting`);

/** The rows of every table whose first cell names ids. */
function readRows(markdown) {
  return markdown.split('\n').flatMap((line, index) => {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const ids = cells[0]?.match(idPattern) ?? [];
    return ids.length === 0 ? [] : [{ ids, holds: cells[1] ?? '', where: cells[2] ?? '', shown: cells[3] ?? '', line: index + 1 }];
  });
}

function checkIds() {
  if (listed.length === 0) problems.push('the list of all ids is missing');
  const seen = rows.flatMap(({ ids }) => ids);
  for (const id of new Set(listed)) {
    const times = seen.filter((other) => other === id).length;
    if (times !== 1) problems.push(`${id} has ${times} rows`);
    if (listed.filter((other) => other === id).length > 1) problems.push(`${id} is listed twice`);
  }
  for (const id of seen) if (!listed.includes(id)) problems.push(`${id} has a row and is not in the list of all ids`);
}

function checkRow({ ids, holds, where, shown, line }) {
  const at = `line ${line} (${ids.join(' ')})`;
  if (!states.includes(holds)) return problems.push(`${at}: "${holds}" is none of ${states.join(', ')}`);
  if (holds !== 'yes' && !/waits for \S/.test(where) && !/missing: \S/.test(where)) problems.push(`${at}: does not say what it waits for`);
  const files = pathsOf(where);
  for (const file of files) if (!existsSync(join(root, file))) problems.push(`${at}: there is no ${file}`);
  if (holds === 'waits') return undefined;
  if (files.length === 0) problems.push(`${at}: names no file that holds it`);
  const tests = testsOf(shown);
  if (tests.length === 0 && shown !== 'held, no test') problems.push(`${at}: names no test`);
  for (const { file, title } of tests) {
    if (!existsSync(join(root, file))) problems.push(`${at}: there is no ${file}`);
    else if (!hasTest(file, title)) problems.push(`${at}: ${file} has no test that begins with "${title}"`);
  }
  return undefined;
}

/** A title of a test that names an id whose row says "waits": the page is behind. */
function checkTitles() {
  const waiting = new Set(rows.filter(({ holds }) => holds === 'waits').flatMap(({ ids }) => ids));
  for (const file of globSync('{apps,libs}/*/src/**/*.spec.ts', { cwd: root }))
    for (const title of titlesOf(file))
      for (const id of title.match(idPattern) ?? []) if (waiting.has(id)) problems.push(`${id} waits, but ${file} has a test of it`);
}

function pathsOf(cell) {
  return [...cell.matchAll(/`((?:apps|libs|tools|scripts|docs|infra)\/[^`]+)`/g)].map(([, path]) => path);
}

/** `path` › title · title, one path a line of the cell. */
function testsOf(cell) {
  return [...cell.matchAll(/`([^`]+\.ts)` › (.*?)(?=<br>|$)/g)].flatMap(([, file, titles]) =>
    titles.split(' · ').map((title) => ({ file, title: title.trim() })),
  );
}

/** Also the end of a table (`])('title'`), and the body of a suite that is handed a title. */
function hasTest(file, title) {
  return titlesOf(file).some((known) => known.startsWith(title));
}

function titlesOf(file) {
  const source = readFileSync(join(root, file), 'utf8');
  const calls = /(?:\b(?:it|test|describe)(?:\.\w+)*|[)\]])\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`),/g;
  return [...source.matchAll(calls)].map(([, single, double, template]) => (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1'));
}

function count(state) {
  return rows.filter(({ holds }) => holds === state).reduce((sum, { ids }) => sum + ids.length, 0);
}

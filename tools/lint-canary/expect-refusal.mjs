// The boundary rule skips itself when there is no project graph, and an override that matches too much switches a rule off everywhere.
// This fails when an import that the layer table forbids, or another thing the house forbids, passes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const here = 'tools/lint-canary';
const layers = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const { stdout } = spawnSync(process.execPath, ['node_modules/oxlint/bin/oxlint', '--format=json', here], { encoding: 'utf8' });
const { diagnostics } = JSON.parse(stdout);

/** The lines of the known-bad file of a layer on which a rule refused something. */
const refusedLines = (layer, rules) =>
  diagnostics
    .filter(({ filename, code }) => filename.includes(`${here}/${layer}/`) && rules.some((rule) => code.includes(rule)))
    .map(({ labels }) => labels[0].span.line);

const boundary = ['enforce-module-boundaries', 'no-restricted-imports'];
const missing = layers.flatMap((layer) => {
  const lines = readFileSync(`${here}/${layer}/known-bad.ts`, 'utf8').split('\n');
  const refused = new Set([...refusedLines(layer, boundary), ...refusedLines(layer, ['no-process-env', 'no-restricted-globals'])]);
  return lines.flatMap((line, at) => {
    const forbidden = line.startsWith('import ') || line.includes('process.env') || line.includes('= Date');
    return forbidden && !refused.has(at + 1) ? [`${layer}: ${line}`] : [];
  });
});

if (layers.length !== 8 || missing.length > 0) {
  console.error(`the lint rules let these pass:\n${missing.join('\n')}\n(${layers.length} of 8 layers looked at)`);
  process.exit(1);
}

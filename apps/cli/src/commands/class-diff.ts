import type { AdminApi } from '../admin.js';
import { type Change, previewClass, readVersions, type Version } from '../classes/class-api.js';
import { showChanges } from '../classes/show-changes.js';
import { defineCommand } from '../command.js';
import { Refused, WrongUsage } from '../failure.js';
import { formatInstant } from '../instant.js';
import { jsonLine } from '../json.js';
import { readJsonObject } from '../json-file.js';

export const classDiff = defineCommand({
  noun: 'class',
  verb: 'diff',
  operand: 'NAME',
  summary: 'Show what a version changed, or a file would',
  details: ['Unless told, it shows what the last version changed, and who made it when. Version 0 is none at all.'],
  options: {
    from: { kind: 'integer', value: 'N', help: 'the version before; the last but one unless told' },
    to: { kind: 'integer', value: 'N', help: 'the version after; the last unless told', min: 1 },
    file: { kind: 'text', value: 'FILE', help: 'a definition that is not made yet; - for standard input', max: 4_096 },
  },
  examples: ['chancery class diff default', 'chancery class diff mail-agents --file mail-agents.json'],
  async run({ id: name, file, from, to }, { admin, json, terminal }) {
    if (file !== undefined && (from ?? to) !== undefined)
      throw new WrongUsage('--file is compared with the last version: leave --from and --to out');
    const diff = file === undefined ? await between(admin, { name, from, to }) : await beforehand(admin, name, file);
    if (json) return terminal.out(jsonLine(diff));
    for (const { version, defined_at: at, defined_by: by } of diff.versions ?? [])
      terminal.out(terminal.paint('dim', `version ${version}, ${formatInstant(at)} by ${by}`));
    showChanges(diff.changes, terminal);
  },
});

interface Diff {
  readonly class: string;
  readonly from: number;
  readonly to?: number;
  readonly changes: readonly Change[];
  /** Those that changed it, without what each did. */
  readonly versions?: readonly Omit<Version, 'changes'>[];
}

async function beforehand(admin: AdminApi, name: string, file: string): Promise<Diff> {
  await admin.ready();
  const { version, changes } = await previewClass(admin, name, await readJsonObject(file));
  return { class: name, from: version, changes };
}

async function between(admin: AdminApi, asked: { name: string; from: number | undefined; to: number | undefined }): Promise<Diff> {
  const { versions } = await readVersions(admin, asked.name);
  const { to = versions.length } = asked;
  const { from = to - 1 } = asked;
  if (to > versions.length) throw new Refused(`class ${asked.name} has no version ${to}; its last is ${versions.length}`);
  if (from >= to) throw new WrongUsage('--from is a version before --to');
  const steps = versions.slice(from, to);
  return {
    class: asked.name,
    from,
    to,
    changes: composed(steps),
    versions: steps.map(({ version, defined_at, defined_by }) => ({ version, defined_at, defined_by })),
  };
}

/** What several versions changed one after the other; what came back to where it was did not change. */
function composed(steps: readonly Version[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const { member, from, to } of steps.flatMap((step) => step.changes)) {
    const first = changes.get(member);
    const before = first ? first.from : from;
    changes.set(member, { member, ...(before !== undefined && { from: before }), ...(to !== undefined && { to }) });
  }
  return [...changes.values()].filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

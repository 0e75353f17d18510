import { type Figure, verdictOf } from '../figure.js';
import { table } from '../table.js';

const begin = '<!-- measured: begin. Written by the benches; what is said outside stays. -->';
const end = '<!-- measured: end -->';

export interface Run {
  readonly figures: readonly Figure[];
  readonly command: string;
  /** `2026-12-24`. */
  readonly date: string;
  readonly machine: Readonly<Record<string, string>>;
}

const first = `# Measurements

Every figure here comes out of one command on one machine; the benches are in \`bench/\`.

${begin}
${end}

## What stands in the way
`;

/** The page with this run's figures in the place of those before; what people wrote around them stays. Throws for a page that has lost the place. */
export function withMeasurements(page: string | undefined, run: Run): string {
  const text = page ?? first;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no place for the figures: ${begin}`);
  return `${text.slice(0, from + begin.length)}\n\n${measured(run)}\n\n${text.slice(to)}`;
}

function measured({ figures, command, date, machine }: Run): string {
  const facts = Object.entries({ ...machine, Date: date, Command: `\`${command}\`` }).map(([name, value]) => `- ${name}: ${value}`);
  const notes = figures.flatMap(({ name, note }) => (note === undefined ? [] : [`- \`${name}\`: ${note}`]));
  return [
    facts.join('\n'),
    counted(figures),
    '![Each figure against its floor and its goal](measurements.svg)',
    table(figures),
    'Latencies, CPU and memory in parentheses are the peer’s. `by CPU` says that another core than the server’s was full, so that microseconds of CPU are compared instead of rates; `a+b` are those of the server and of PostgreSQL.',
    notes.join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function counted(figures: readonly Figure[]): string {
  const judged = figures.map(verdictOf).filter((verdict) => verdict !== 'not judged');
  const of = (...wanted: readonly string[]) => judged.filter((verdict) => wanted.includes(verdict)).length;
  return `Of ${judged.length} figures with a floor, ${of('goal')} reach their goal, ${of('floor')} lie between floor and goal, ${of('within a tenth of the floor')} within a tenth below the floor, and ${of('missed')} missed it.`;
}

import { fit, pad, printable, width, wrap } from './text.js';
import type { Style, Terminal } from './terminal.js';

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  /** May be cut when the screen is narrow; identifiers may not, they are there to be copied. */
  readonly flexible?: boolean;
  /** Left out when the screen is too narrow even so, the last such column first. */
  readonly optional?: boolean;
  readonly style?: (row: Row) => Style | undefined;
}

const gap = 2;
/** A flexible column is never narrower. */
const narrowest = 8;

type Screen = Pick<Terminal, 'columns' | 'paint'>;

/** Aligned lines under a header, no wider than the screen where that can be. Cells are made printable here. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], { columns: screen, paint }: Screen): string[] {
  const { shown, widths } = layOut(measure(columns, rows), screen ?? Number.POSITIVE_INFINITY);
  const header = shown.map(({ title }, index) => paint('dim', cell(title, widths, index)));
  const body = rows.map((row) =>
    shown.map(({ of, style }, index) => {
      const text = cell(printable(of(row)), widths, index);
      const chosen = style?.(row);
      return chosen === undefined ? text : paint(chosen, text);
    }),
  );
  return [header, ...body].map((cells) => cells.join(' '.repeat(gap)).trimEnd());
}

function cell(text: string, widths: readonly number[], index: number): string {
  const fitted = fit(text, widths[index] ?? 0);
  return index === widths.length - 1 ? fitted : pad(fitted, widths[index] ?? 0);
}

const total = (widths: readonly number[]): number => widths.reduce((sum, each) => sum + each, gap * (widths.length - 1));

interface Measured<Row> {
  readonly column: Column<Row>;
  readonly natural: number;
}

const measure = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Measured<Row>[] =>
  columns.map((column) => ({ column, natural: Math.max(width(column.title), ...rows.map((row) => width(printable(column.of(row))))) }));

function layOut<Row>(measured: readonly Measured<Row>[], screen: number): { shown: Column<Row>[]; widths: number[] } {
  const least = ({ column, natural }: Measured<Row>) => (column.flexible ? Math.min(natural, narrowest) : natural);
  const optional = measured.findLastIndex(({ column }) => column.optional);
  if (optional !== -1 && total(measured.map(least)) > screen) return layOut(measured.toSpliced(optional, 1), screen);

  const widths = measured.map(({ natural }) => natural);
  for (let excess = total(widths) - screen; excess > 0; excess--) {
    const widest = widestFlexible(measured, widths);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return { shown: measured.map(({ column }) => column), widths };
}

function widestFlexible<Row>(measured: readonly Measured<Row>[], widths: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [index, { column }] of measured.entries()) {
    const each = widths[index] ?? 0;
    if (column.flexible && each > narrowest && each > (found === undefined ? 0 : (widths[found] ?? 0))) found = index;
  }
  return found;
}

/** `label  value` lines for one thing; long values go on below themselves. */
export function facts(pairs: readonly (readonly [label: string, value: string])[], { columns, paint }: Screen): string[] {
  const labels = Math.max(...pairs.map(([label]) => width(label))) + gap;
  return pairs.flatMap(([label, value]) => {
    const text = printable(value);
    const [first = '', ...more] = columns === undefined ? [text] : wrap(text, columns - labels);
    return [`${paint('dim', pad(label, labels))}${first}`, ...more.map((line) => `${' '.repeat(labels)}${line}`)];
  });
}

import { type Bounds, type Figure, type Performance, verdictOf } from './figure.js';
import { rounded } from './statistics.js';

const heads = ['figure', 'ours', 'peer or limit', 'ratio', 'floor → goal', 'p50 / p99 ms', 'µs CPU', 'MB', 'core', 'verdict'] as const;

/** The figures for people, as a Markdown table that also reads well on a terminal. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(row);
  const widths = heads.map((head, column) => Math.max(3, head.length, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heads), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

function row(figure: Figure): readonly string[] {
  const { name, ours, unit, peer, limit, ratio, judgedBy, bounds, peerDid } = figure;
  return [
    name,
    `${number(ours)} ${unit}`,
    peer === undefined ? (limit === undefined ? '' : `limit ${number(limit)}`) : number(peer),
    ratio === undefined ? '' : `${number(ratio)}${judgedBy === 'cpu' ? ' by CPU' : ''}`,
    bounds === undefined ? '' : boundsText(bounds),
    besides(figure, peerDid, latency),
    besides(figure, peerDid, ({ cpu, databaseCpu }) => (databaseCpu === undefined ? number(cpu) : `${number(cpu)}+${number(databaseCpu)}`)),
    besides(figure, peerDid, ({ memory }) => number(memory)),
    figure.limitedBy ?? '',
    verdictOf(figure),
  ];
}

/** Ours, and the peer's in parentheses. */
const besides = (ours: Performance, peer: Performance | undefined, text: (of: Performance) => string): string =>
  peer === undefined || text(peer) === '' ? text(ours) : `${text(ours)} (${text(peer)})`.trim();

const latency = ({ p50, p99 }: Performance): string => (p99 === undefined ? '' : `${number(p50)} / ${number(p99)}`);

const boundsText = ({ of, direction, floor, goal }: Bounds): string =>
  `${direction === 'at least' ? '≥' : '≤'} ${floor}${goal === undefined ? '' : ` → ${goal}`}${of === 'ratio' ? '×' : ''}`;

const number = (value: number | undefined): string => (value === undefined ? '' : String(rounded(value)));

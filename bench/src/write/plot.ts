import { type Bounds, type Figure, verdictOf } from '../figure.js';

const row = 22;
const left = 300;
const width = 460;
const top = 40;

/** Scores from a quarter of the floor to eight times it have a place of their own; what lies beyond stands at the edge. */
const edges = [0.25, 8] as const;

const colours = {
  goal: '#2e7d32',
  floor: '#689f38',
  'within a tenth of the floor': '#f9a825',
  missed: '#c62828',
  'not judged': '#9e9e9e',
} as const;

/** How many times better than its floor a figure is, whichever direction is better. */
export function scoreOf(figure: Figure): number | undefined {
  const { bounds } = figure;
  const value = bounds && figure[bounds.of];
  return value === undefined || !(value > 0) ? undefined : better(bounds as Bounds, value);
}

const better = ({ direction, floor }: Bounds, value: number): number => (direction === 'at least' ? value / floor : floor / value);

/** Every figure that has a floor as a bar, on one scale: the line at 1 is the floor, the tick the goal. */
export function plot(figures: readonly Figure[]): string {
  const judged = figures.filter((figure) => scoreOf(figure) !== undefined);
  const height = top + judged.length * row + 30;
  const bars = judged.map((figure, nth) => bar(figure, top + nth * row));
  const axis = [0.25, 0.5, 1, 2, 4, 8].map((score) => tick(score, height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 80} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${left}" y="16" font-weight="600">times better than the floor (thick line); the small tick is the goal</text>`,
    ...axis,
    ...bars,
    '</svg>\n',
  ].join('\n');
}

const placeOf = (score: number): number => {
  const [low, high] = edges;
  const clamped = Math.min(high, Math.max(low, score));
  return left + (width * Math.log2(clamped / low)) / Math.log2(high / low);
};

function tick(score: number, height: number): string {
  const x = placeOf(score).toFixed(1);
  const line = `<line x1="${x}" x2="${x}" y1="${top - 8}" y2="${height - 22}" stroke="${score === 1 ? '#212121' : '#e0e0e0'}" stroke-width="${score === 1 ? 2 : 1}"/>`;
  return `${line}<text x="${x}" y="${height - 6}" text-anchor="middle" fill="#616161">${score}×</text>`;
}

function bar(figure: Figure, y: number): string {
  const score = scoreOf(figure) ?? 0;
  const bounds = figure.bounds as Bounds;
  const [from, to] = [placeOf(1), placeOf(score)];
  const goal = bounds.goal === undefined ? '' : goalTick(better(bounds, bounds.goal), y);
  const shape = `<rect x="${Math.min(from, to).toFixed(1)}" y="${y}" width="${Math.max(1, Math.abs(to - from)).toFixed(1)}" height="14" fill="${colours[verdictOf(figure)]}"/>`;
  const name = `<text x="${left - 10}" y="${y + 11}" text-anchor="end">${escaped(figure.name)}</text>`;
  return `${name}${shape}${goal}<text x="${left + width + 12}" y="${y + 11}">${score.toFixed(2)}×</text>`;
}

function goalTick(score: number, y: number): string {
  const x = placeOf(score).toFixed(1);
  return `<line x1="${x}" x2="${x}" y1="${y - 2}" y2="${y + 16}" stroke="#1565c0" stroke-width="2"/>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

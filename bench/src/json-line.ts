import { type Figure, verdictOf } from './figure.js';
import { rounded } from './statistics.js';

/** One figure for machines, on one line. */
export function jsonLine(figure: Figure): string {
  const { name, unit, ours, peer, limit, ratio, judgedBy, peerDid, bounds, note, ...did } = figure;
  return JSON.stringify(
    {
      name,
      unit,
      ours,
      peer,
      limit,
      ratio,
      judgedBy,
      verdict: verdictOf(figure),
      bounds,
      ...did,
      peerDid,
      note,
    },
    (_, value: unknown) => (typeof value === 'number' ? rounded(value, 4) : value),
  );
}

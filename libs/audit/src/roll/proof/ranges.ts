/** Leaves `from` (counted from 0) up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree: of 2^level leaves, the last of which is leaf number `last`, counted from 1. */
export interface Subtree {
  readonly level: number;
  readonly last: number;
}

/** The largest power of two below `leaves`: where RFC 9162 §2.1.1 splits a tree of two leaves or more. */
function splitOf(leaves: number): number {
  let left = 1;
  while (left * 2 < leaves) left *= 2;
  return left;
}

/** What an inclusion proof of leaf `index` (from 0) in a tree of `size` leaves is made of, from the leaf up (RFC 9162 §2.1.3.1). */
export const inclusionRanges = (index: number, size: number): readonly Range[] => pathTo(index, { from: 0, to: size });

function pathTo(index: number, { from, to }: Range): Range[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return index < middle ? [...pathTo(index, left), right] : [...pathTo(index, right), left];
}

/** What a consistency proof between the trees of the first `size` and of `later` leaves is made of (RFC 9162 §2.1.4.1). */
export const consistencyRanges = (size: number, later: number): readonly Range[] => differing(size, { from: 0, to: later }, true);

/** `whole`: the verifier knows this subtree's hash already, for it is the earlier root. */
function differing(size: number, { from, to }: Range, whole: boolean): Range[] {
  if (size === to) return whole ? [] : [{ from, to }];
  const middle = from + splitOf(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return size <= middle ? [...differing(size, left, whole), right] : [...differing(size, right, false), left];
}

/** The complete subtrees that a range consists of, largest first. Only for ranges as the tree splits them. */
export function subtreesOf({ from, to }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  for (let start = from; start < to;) {
    let [level, leaves] = [0, 1];
    while (start + leaves * 2 <= to) [level, leaves] = [level + 1, leaves * 2];
    start += leaves;
    subtrees.push({ level, last: start });
  }
  return subtrees;
}

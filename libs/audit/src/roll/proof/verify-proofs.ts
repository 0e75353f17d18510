import { nodeHash } from './hashes.js';

export interface Inclusion {
  /** Of the leaf, from 0. */
  readonly index: number;
  readonly size: number;
  readonly leaf: Buffer;
  readonly path: readonly Buffer[];
}

const odd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);

/** The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); undefined for a path that no such tree has. */
export function rootByInclusion({ index, size, leaf, path }: Inclusion): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  let [at, last] = [index, size - 1];
  let root = leaf;
  for (const hash of path) {
    if (last === 0) return undefined;
    const rightmost = at === last;
    root = odd(at) || rightmost ? nodeHash(hash, root) : nodeHash(root, hash);
    if (rightmost) while (!odd(at) && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? root : undefined;
}

export interface Consistency {
  readonly size: number;
  readonly root: Buffer;
  readonly laterSize: number;
  readonly laterRoot: Buffer;
  readonly path: readonly Buffer[];
}

/** Whether the later tree begins with the leaves of the earlier one, none changed (RFC 9162 §2.1.4.2). */
export function consistent({ size, root, laterSize, laterRoot, path }: Consistency): boolean {
  if (size < 1 || size > laterSize) return false;
  if (size === laterSize) return path.length === 0 && root.equals(laterRoot);
  let [at, last] = [size - 1, laterSize - 1];
  while (odd(at)) [at, last] = [half(at), half(last)];
  // Where the earlier tree is one complete subtree of the later one, the proof begins with what the verifier knows: its root.
  const [first, ...rest] = at === 0 ? [root, ...path] : path;
  if (first === undefined || path.length === 0) return false;
  let [earlier, later] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      [earlier, later] = [nodeHash(hash, earlier), nodeHash(hash, later)];
      while (!odd(at) && at > 0) [at, last] = [half(at), half(last)];
    } else later = nodeHash(later, hash);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && earlier.equals(root) && later.equals(laterRoot);
}

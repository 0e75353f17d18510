import { emptyRoot, nodeHash } from './hashes.js';
import { subtreesOf } from './ranges.js';

/** The hash of a range, from those of the complete subtrees it consists of, largest first (RFC 9162 §2.1.1). */
export const foldSubtrees = (hashes: readonly Buffer[]): Buffer =>
  hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right));

/** All that has to be remembered of a tree to add leaves to it: the hashes of its complete subtrees. */
export class Frontier {
  readonly #hashes: Buffer[];
  #size: number;

  private constructor(size: number, hashes: readonly Buffer[]) {
    this.#size = size;
    this.#hashes = [...hashes];
  }

  /** @param hashes of the complete subtrees, largest first. Undefined where their number does not fit the size. */
  static of(size: number, hashes: readonly Buffer[]): Frontier | undefined {
    return hashes.length === subtreesOf({ from: 0, to: size }).length ? new Frontier(size, hashes) : undefined;
  }

  static empty(): Frontier {
    return new Frontier(0, []);
  }

  get size(): number {
    return this.#size;
  }

  get root(): Buffer {
    return foldSubtrees(this.#hashes);
  }

  /** Adds a leaf by its hash. @returns the hashes of the subtrees it completes, from the leaf itself up */
  push(leaf: Buffer): readonly Buffer[] {
    const completed = [leaf];
    let hash = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#hashes.pop();
      if (left === undefined) throw new Error('a frontier lost a subtree');
      hash = nodeHash(left, hash);
      completed.push(hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
    return completed;
  }
}

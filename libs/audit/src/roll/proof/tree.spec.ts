import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldSubtrees, Frontier } from './frontier.js';
import { emptyRoot, leafHash, nodeHash } from './hashes.js';
import { consistencyRanges, inclusionRanges, type Range, subtreesOf } from './ranges.js';
import { consistent, rootByInclusion } from './verify-proofs.js';

/** The definition of RFC 9162 §2.1.1, word for word. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? emptyRoot;
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return nodeHash(treeHash(leaves.slice(0, left)), treeHash(leaves.slice(left)));
}

const leavesOf = (count: number): Buffer[] => Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`leaf ${n}`)));
const all = leavesOf(130);
const rangeHash = ({ from, to }: Range): Buffer => treeHash(all.slice(from, to));
const rootOf = (size: number): Buffer => treeHash(all.slice(0, size));
const size = fc.integer({ min: 1, max: all.length });
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at % copy.length) ^ 1, at % copy.length);
  return copy;
};

describe('the tree', () => {
  // The leaves and roots that implementations of Certificate Transparency agree on.
  it.each([
    ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('has the root that everybody’s has, up to leaf 0x%s', (last, root) => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const frontier = Frontier.empty();
    for (const leaf of leaves.slice(0, leaves.indexOf(last) + 1)) frontier.push(leafHash(Buffer.from(leaf, 'hex')));
    expect(frontier.root.toString('hex')).toBe(root);
  });

  it('without leaves has the hash of nothing', () => {
    expect(Frontier.empty().root.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('has, at every size, the root of its definition, and goes on from its complete subtrees', () => {
    const frontier = Frontier.empty();
    for (const [index, leaf] of all.entries()) {
      const completed = frontier.push(leaf);
      expect(frontier.root).toEqual(rootOf(index + 1));
      for (const [level, hash] of completed.entries()) expect(hash).toEqual(treeHash(all.slice(index + 1 - 2 ** level, index + 1)));
      const again = Frontier.of(
        index + 1,
        subtreesOf({ from: 0, to: index + 1 }).map(({ level, last }) => rangeHash({ from: last - 2 ** level, to: last })),
      );
      expect(again?.root).toEqual(frontier.root);
    }
  });

  it('is not taken up from too few or too many subtrees', () => {
    expect([Frontier.of(3, all.slice(0, 1)), Frontier.of(3, all.slice(0, 3)), Frontier.of(0, all.slice(0, 1))]).toEqual(
      Array(3).fill(undefined),
    );
  });
});

describe('an inclusion proof', () => {
  it('leads from every leaf to the root, and from no other leaf, place or path', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (leaves, anyIndex, at) => {
        const index = anyIndex % leaves;
        const path = inclusionRanges(index, leaves).map(rangeHash);
        const proof = { index, size: leaves, leaf: all[index] as Buffer, path };
        const root = rootOf(leaves);
        expect(rootByInclusion(proof)).toEqual(root);
        expect(rootByInclusion({ ...proof, leaf: flipped(proof.leaf, at) })).not.toEqual(root);
        expect(rootByInclusion({ ...proof, path: [...path, root] })).not.toEqual(root);
        expect(rootByInclusion({ ...proof, index: leaves })).toBeUndefined();
        for (const place of path.keys()) {
          expect(rootByInclusion({ ...proof, path: path.with(place, flipped(path[place] as Buffer, at)) })).not.toEqual(root);
          expect(rootByInclusion({ ...proof, path: path.toSpliced(place, 1) })).not.toEqual(root);
        }
        const elsewhere = (index + 1) % leaves;
        expect(elsewhere !== index && rootByInclusion({ ...proof, index: elsewhere })?.equals(root)).not.toBe(true);
      }),
    );
  });
});

describe('a consistency proof', () => {
  it('shows that a tree begins with an earlier one, and shows nothing when anything is changed', () => {
    fc.assert(
      fc.property(size, size, fc.nat(), (one, other, at) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        const path = consistencyRanges(earlier, later).map(rangeHash);
        const proof = { size: earlier, root: rootOf(earlier), laterSize: later, laterRoot: rootOf(later), path };
        expect(consistent(proof)).toBe(true);
        expect(consistent({ ...proof, root: flipped(proof.root, at) })).toBe(false);
        expect(consistent({ ...proof, laterRoot: flipped(proof.laterRoot, at) })).toBe(false);
        expect(consistent({ ...proof, path: [...path, proof.root] })).toBe(false);
        expect(consistent({ ...proof, size: later + 1 })).toBe(false);
        expect(consistent({ ...proof, size: 0 })).toBe(false);
        for (const place of path.keys()) {
          expect(consistent({ ...proof, path: path.with(place, flipped(path[place] as Buffer, at)) })).toBe(false);
          expect(consistent({ ...proof, path: path.toSpliced(place, 1) })).toBe(false);
        }
      }),
    );
  });

  it('of a tree whose early leaf was changed is none that an honest proof fits', () => {
    const changed = [...all.slice(0, 3), leafHash(Buffer.from('another')), ...all.slice(4)];
    const path = consistencyRanges(7, 20).map(({ from, to }) => treeHash(changed.slice(from, to)));
    const proof = { size: 7, root: rootOf(7), laterSize: 20, laterRoot: treeHash(changed.slice(0, 20)), path };
    expect(consistent(proof)).toBe(false);
    expect(consistent({ ...proof, root: treeHash(changed.slice(0, 7)) })).toBe(true);
  });
});

describe('a range', () => {
  it('is the fold of the complete subtrees it consists of', () => {
    fc.assert(
      fc.property(size, fc.nat(), (leaves, anyIndex) => {
        for (const range of inclusionRanges(anyIndex % leaves, leaves)) {
          const hashes = subtreesOf(range).map(({ level, last }) => rangeHash({ from: last - 2 ** level, to: last }));
          expect(foldSubtrees(hashes)).toEqual(rangeHash(range));
        }
      }),
    );
  });
});

import { type RevocationKind, revocationKinds } from '@chancery/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aliveUntil, canonicalEntry, hitsThrough, type RevocationEntry } from './entry.js';
import { RevocationSet } from './set.js';

const minute = 60_000_000;
const start = 30_000_000 * minute;

const keyOf = ({ kind, id }: Pick<RevocationEntry, 'kind' | 'id'>): string => `${kind}/${id}`;

/** The same set as a Map of objects. */
class Model {
  readonly held = new Map<string, RevocationEntry>();

  apply(entry: RevocationEntry): boolean {
    const before = this.held.get(keyOf(entry));
    const [t, held] = [hitsThrough(entry.t), before ? hitsThrough(before.t) : -1];
    if (before && !(t > held || (t === held && entry.position > before.position))) return false;
    this.held.set(keyOf(entry), entry);
    return true;
  }

  expire(now: number): RevocationEntry[] {
    const gone = [...this.held.values()].filter((entry) => aliveUntil(entry) <= now);
    for (const entry of gone) this.held.delete(keyOf(entry));
    return gone;
  }
}

/** Ids as they are made, of the greatest length that fits, one longer, beyond Latin-1, and some that differ late. */
const ids = [
  '',
  'gr_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'x'.repeat(30),
  'x'.repeat(31),
  'ÿ',
  'Ā',
  'ünï',
  '𝄞',
  `${'y'.repeat(200)}1`,
  `${'y'.repeat(200)}2`,
];
const id = fc.oneof({ weight: 3, arbitrary: fc.nat(150).map((nth) => `ag_${nth}`) }, { weight: 1, arbitrary: fc.constantFrom(...ids) });
const at = fc.nat(20 * 60).map((seconds) => start + seconds * 1_000_000);

const entry: fc.Arbitrary<RevocationEntry> = fc.record({
  kind: fc.constantFrom<RevocationKind>(...revocationKinds),
  id,
  t: fc.oneof(fc.nat(9), fc.constant('for-ever' as const)),
  position: fc.bigInt({ min: 1n, max: 2n ** 63n }),
  at,
});

type Act = { readonly apply: readonly RevocationEntry[] } | { readonly expire: number };
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.array(entry, { maxLength: 120 }).map((apply) => ({ apply })) },
  { weight: 1, arbitrary: fc.nat(40).map((minutes) => ({ expire: start + minutes * minute })) },
);

const texts = (entries: Iterable<RevocationEntry>): string[] => [...entries].map(canonicalEntry).toSorted();

/** What one of the two answers to an act. */
const did = (to: Pick<RevocationSet, 'apply' | 'expire'>, one: Act): unknown =>
  'expire' in one ? texts(to.expire(one.expire)) : one.apply.map((each) => to.apply(each));

describe('the revocation set, beside a Map', () => {
  it('takes, forgets and holds the same, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const [set, model] = [new RevocationSet(), new Model()];
        for (const one of acts) {
          expect(did(set, one)).toEqual(did(model, one));
        }
        expect(set.size).toBe(model.held.size);
        expect(texts(set)).toEqual(texts(model.held.values()));
        const again = new RevocationSet();
        for (const held of model.held.values()) again.apply(held);
        expect(set.digest()).toBe(again.digest());
      }),
    );
  });

  it('answers the same about every subject', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 200 }), fc.array(entry, { maxLength: 50 }), fc.nat(40), (entries, others, minutes) => {
        const [set, model] = [new RevocationSet(), new Model()];
        for (const each of entries) expect(set.apply(each)).toBe(model.apply(each));
        set.expire(start + minutes * minute);
        model.expire(start + minutes * minute);
        for (const asked of [...entries, ...others]) {
          const held = model.held.get(keyOf(asked));
          expect(set.get(asked.kind, asked.id)).toEqual(held);
          expect(set.holds(asked)).toBe(held !== undefined && canonicalEntry(held) === canonicalEntry(asked));
          for (const iat of [0, 5, 9, 10])
            expect(set.hits(asked.kind, asked.id, iat)).toBe(held !== undefined && iat <= hitsThrough(held.t));
        }
      }),
    );
  });
});

describe('the memory of a revocation set', () => {
  const many = 100_000;
  const revoked = (nth: number): RevocationEntry => ({
    kind: 'grant',
    id: `gr_${String(nth).padStart(26, '0')}`,
    t: 'for-ever',
    position: BigInt(nth + 1),
    at: start,
  });

  it('is at most 85 bytes for each of many revoked grants', () => {
    const set = new RevocationSet();
    for (let nth = 0; nth < many; nth++) set.apply(revoked(nth));
    expect(set.bytes / set.size).toBeLessThanOrEqual(85);
  });

  it('does not grow while entries come and go', () => {
    const set = new RevocationSet();
    const comeAndGo = (nth: number): void => {
      for (let each = 0; each < 3_000; each++) set.apply({ ...revoked(each), at: start + nth * 20 * minute });
      set.expire(start + (nth + 1) * 20 * minute);
    };
    comeAndGo(0);
    const { bytes } = set;
    for (let nth = 1; nth < 9; nth++) comeAndGo(nth);
    expect(set.bytes).toBe(bytes);
  });

  it('is given back for ids of any length', () => {
    const set = new RevocationSet();
    set.apply(revoked(0));
    const { bytes } = set;
    set.apply({ ...revoked(1), id: 'x'.repeat(200) });
    expect(set.bytes).toBe(bytes + 200);
    set.expire(start + 20 * minute);
    expect(set.bytes).toBe(bytes);
  });

  it('does not grow while one entry is renewed again and again', () => {
    const set = new RevocationSet();
    set.apply({ ...revoked(1), kind: 'key' });
    const { bytes } = set;
    for (let nth = 2; nth < 9_000; nth++) set.apply({ ...revoked(1), kind: 'key', position: BigInt(nth + 1) });
    expect([set.bytes, set.size]).toEqual([bytes, 1]);
  });

  it('is given back once a storm is over, and what is left is held as before', () => {
    const set = new RevocationSet();
    for (let nth = 0; nth < many; nth++) set.apply(revoked(nth));
    const later = { ...revoked(many), at: start + 20 * minute };
    set.apply(later);
    const { bytes } = set;
    expect(set.expire(start + 20 * minute)).toHaveLength(many);
    expect(set.bytes).toBeLessThan(bytes / 10);
    expect([[...set], set.hits('grant', later.id, 1), set.hits('grant', revoked(0).id, 1)]).toEqual([[later], true, false]);
    expect(set.beat(start + 40 * minute)).toMatchObject({ entries: 0, digest: '0'.repeat(64), position: later.position });
  });
});

import type { RevocationKind } from '@chancery/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aliveUntil, canonicalEntry, type RevocationEntry } from './entry.js';
import { RevocationSet } from './set.js';

const second = 1_000_000;
const suspended: RevocationEntry = { kind: 'agent', id: 'a1', t: 1_000, position: 5n, at: 999 * second };
const revoked: RevocationEntry = { kind: 'grant', id: 'g1', t: 'for-ever', position: 6n, at: 1_000 * second };

const holding = (...entries: RevocationEntry[]): RevocationSet => {
  const set = new RevocationSet();
  for (const entry of entries) set.apply(entry);
  return set;
};

describe('the revocation set', () => {
  it('hits authority from T or before, and none from after it', () => {
    const set = holding(suspended);
    expect([999, 1_000, 1_001].map((iat) => set.hits('agent', 'a1', iat))).toEqual([true, true, false]);
  });

  it('hits what was revoked for ever at any time', () => {
    expect(holding(revoked).hits('grant', 'g1', Number.MAX_SAFE_INTEGER)).toBe(true);
  });

  it('hits neither another subject nor the same id of another kind', () => {
    const set = holding(suspended);
    expect([set.hits('agent', 'a2', 1), set.hits('user', 'a1', 1)]).toEqual([false, false]);
  });

  it('holds the very entry, and none that differs anywhere', () => {
    const set = holding(suspended);
    expect(set.holds({ ...suspended })).toBe(true);
    for (const change of [
      { kind: 'user' },
      { id: 'a2' },
      { t: 'for-ever' },
      { position: 4n },
      { at: 1 },
    ] satisfies Partial<RevocationEntry>[])
      expect(set.holds({ ...suspended, ...change })).toBe(false);
  });

  it('never lets T fall, whatever comes later', () => {
    const set = holding(suspended);
    expect(set.apply({ ...suspended, t: 900, position: 9n })).toBe(false);
    expect(set.hits('agent', 'a1', 1_000)).toBe(true);
  });

  it('is the same, digest included, for the same entries in any order and any number of times', () => {
    const entry = fc.record({
      kind: fc.constantFrom<RevocationKind>('agent', 'grant', 'key'),
      id: fc.constantFrom('x', 'y', 'z'),
      t: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('for-ever' as const)),
      position: fc.bigInt({ min: 1n, max: 50n }),
      at: fc.constant(1_000 * second),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 40 }), (entries, order) => {
        const again = order.flatMap((n) => entries[n % Math.max(1, entries.length)] ?? []);
        const [one, other] = [holding(...entries), holding(...again, ...entries.toReversed())];
        expect(other.digest()).toBe(one.digest());
        expect([...other].map(canonicalEntry).toSorted()).toEqual([...one].map(canonicalEntry).toSorted());
        expect(other.size).toBe([...other].length);
      }),
    );
  });

  it('has a digest that one entry changes, and that comes back when it leaves', () => {
    const set = holding(revoked);
    const before = set.digest();
    set.apply({ ...suspended, at: 1 * second });
    expect(set.digest()).not.toBe(before);
    set.expire(961 * second);
    expect([set.digest(), set.size]).toEqual([before, 1]);
    expect(new RevocationSet().digest()).toBe('0'.repeat(64));
  });

  it('forgets an entry once no token it could hit can be alive, in the very microsecond', () => {
    const set = holding(suspended);
    expect(aliveUntil(suspended)).toBe((999 + 960) * second);
    expect(set.expire((999 + 960) * second - 1)).toEqual([]);
    expect(set.expire((999 + 960) * second)).toEqual([suspended]);
    expect(set.hits('agent', 'a1', 1)).toBe(false);
  });

  it('keeps an entry that was renewed as long as the newer one', () => {
    const set = holding(suspended, { ...suspended, t: 2_000, position: 8n, at: 2_000 * second });
    expect(set.expire((999 + 960) * second)).toEqual([]);
    expect(set.hits('agent', 'a1', 2_000)).toBe(true);
    expect(set.expire((2_000 + 960) * second)).toHaveLength(1);
  });

  it('never forgets keys and issuers', () => {
    const set = holding({ ...revoked, kind: 'key' }, { ...revoked, kind: 'issuer' }, revoked);
    set.expire(10 ** 15);
    expect([...set].map(({ kind }) => kind)).toEqual(['key', 'issuer']);
  });

  it('counts, digests and bounds in a heartbeat what is alive at its T', () => {
    const set = holding(suspended, revoked);
    const through = (999 + 960) * second;
    expect(set.beat(through)).toEqual({ through, entries: 1, digest: holding(revoked).digest(), position: 6n });
  });
});

describe('the canonical text of an entry', () => {
  it('differs wherever the entry does', () => {
    const changed: Partial<RevocationEntry>[] = [
      { kind: 'user' },
      { id: 'a2' },
      { t: 1_001 },
      { t: 'for-ever' },
      { position: 7n },
      { at: 1 },
      {},
    ];
    expect(new Set(changed.map((change) => canonicalEntry({ ...suspended, ...change }))).size).toBe(changed.length);
  });
});

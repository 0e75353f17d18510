import { RevocationSet } from '@chancery/eventstore';
import type { SignedBeat, SignedEntry } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { AppliedSet } from './applied-set.js';

const at = 1_790_000_000_000_000;
const entry = (position: bigint, change: Partial<SignedEntry> = {}): SignedEntry => ({
  tenant: 'main',
  kind: 'grant',
  id: `gr_${position}`,
  t: 'for-ever',
  position,
  at,
  ...change,
});
/** What whoever holds exactly these entries says. */
const beatOf = (entries: readonly SignedEntry[], through = at + 1): SignedBeat => {
  const set = new RevocationSet();
  for (const { tenant: _, ...each } of entries) set.apply({ ...each, kind: 'grant' });
  return { tenant: 'main', ...set.beat(through), counter: 1, at: through };
};

describe('a set as far as it was heard', () => {
  it('is the same as another that heard the same, in whatever order and however often', () => {
    const set = new AppliedSet();
    for (const position of [2n, 1n, 2n]) set.enter(entry(position));
    expect(set.complete(beatOf([entry(1n), entry(2n)]))).toBe('equal');
    expect(set.through).toBe(at + 1);
  });

  it('is another one when something is missing, or too much', () => {
    const set = new AppliedSet();
    set.enter(entry(1n));
    expect(set.complete(beatOf([entry(1n), entry(2n)]))).toBe('different');
    expect(set.complete(beatOf([], at + 2))).toBe('ahead');
    set.enter(entry(3n));
    expect(set.complete(beatOf([entry(2n), entry(3n)], at + 3))).toBe('different');
  });

  it('cannot be compared while it holds what came after the heartbeat', () => {
    const set = new AppliedSet();
    set.enter(entry(1n));
    set.enter(entry(2n));
    expect(set.complete(beatOf([entry(1n)]))).toBe('ahead');
    expect(set.complete(beatOf([entry(1n), entry(2n)], at + 2))).toBe('equal');
  });

  it('may be acknowledged through the last T at which nothing was known to be missing', () => {
    const set = new AppliedSet();
    set.enter(entry(1n));
    set.complete(beatOf([entry(1n)], at + 1));
    expect(set.confirmed).toBe(at + 1);
    // A heartbeat that covers what has not come yet: it is complete through that T for nobody who asks whether it is in force.
    const both = [entry(1n), entry(2n)];
    expect([set.complete(beatOf(both, at + 2)), set.through, set.confirmed]).toEqual(['different', at + 2, at + 1]);
    // Nor may one count that cannot tell.
    set.enter(entry(3n));
    expect([set.complete(beatOf(both, at + 3)), set.confirmed]).toEqual(['ahead', at + 1]);
    set.enter(entry(2n));
    set.complete(beatOf([...both, entry(3n)], at + 4));
    expect(set.confirmed).toBe(at + 4);
    set.enter(entry(4n));
    expect([set.complete(beatOf([...both, entry(3n)], at + 5)), set.confirmed]).toEqual(['ahead', at + 5]);
  });

  it('never becomes complete through an older T', () => {
    const set = new AppliedSet();
    set.complete(beatOf([], at + 5));
    expect(set.complete(beatOf([], at + 4))).toBeUndefined();
    expect(set.complete(beatOf([], at + 5))).toBeUndefined();
    expect(set.through).toBe(at + 5);
  });

  it('forgets what is over at the heartbeat’s own time, and does not take it in again', () => {
    const set = new AppliedSet();
    const over = at + 960_000_000;
    set.enter(entry(1n));
    expect(set.complete(beatOf([], over - 1))).toBe('ahead');
    expect(set.set.size).toBe(1);
    expect(set.complete(beatOf([], over))).toBe('equal');
    expect([set.set.size, set.enter(entry(1n))]).toEqual([0, 'over']);
  });

  it('never forgets a signing key, and knows no kind that it cannot ask for', () => {
    const set = new AppliedSet();
    set.complete(beatOf([], at + 10_000_000_000));
    expect(set.enter(entry(1n, { kind: 'key' }))).toBe('new');
    expect(set.enter(entry(2n, { kind: 'planet' }))).toBe('kind_unknown');
  });
});

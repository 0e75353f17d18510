import type { KeyEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { keyRing, type KeyRingCommand } from './key-ring.decider.js';

const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
const purpose = 'access-token';
const by = 'system';

const add = (kid: string, at: number): KeyRingCommand => ({ type: 'add-key', purpose, kid, alg: 'ES256', jwk, at, by });
const added = (kid: string, publishedAt: number): KeyEvent => ({ type: 'key.added', purpose, kid, alg: 'ES256', jwk, publishedAt, by });
/** Published for five minutes and a minute of skew at least, which is longer than any cache. */
const activate = (kid: string, at: number): KeyRingCommand => ({ type: 'activate-key', purpose, kid, at, minPublished: 360, by });
const activated = (kid: string, activatedAt: number, retires?: string): KeyEvent => ({
  type: 'key.activated',
  purpose,
  kid,
  ...(retires !== undefined && { retires }),
  activatedAt,
  by,
});
const revoke = (kid: string): KeyRingCommand => ({ type: 'revoke-key', purpose, kid, reason: 'leaked', at: 2_001, by });
const revoked = (kid: string): KeyEvent => ({ type: 'key.revoked', purpose, kid, reason: 'leaked', by });

const inUse = [added('k1', 1_000), activated('k1', 1_000)];
const withNext = [...inUse, added('k2', 2_000)];
const rotated = [...withNext, activated('k2', 2_360, 'k1')];
const fold = (...history: KeyEvent[]) => history.reduce(keyRing.evolve, keyRing.initial);
const life = (...history: KeyEvent[]) => {
  const { keys, active } = fold(...history);
  return { ...Object.fromEntries(Object.values(keys).map(({ kid, status }) => [kid, status])), signs: active };
};

describe('adding a signing key', () => {
  it('publishes it', () => {
    given(keyRing).when(add('k1', 1_000)).then(added('k1', 1_000));
    given(keyRing, ...inUse)
      .when(add('k2', 2_000))
      .then(added('k2', 2_000));
  });

  it('refuses one that is there, whatever became of it', () => {
    given(keyRing, ...inUse)
      .when(add('k1', 2_000))
      .thenRefused('key_exists');
    given(keyRing, ...inUse, revoked('k1'))
      .when(add('k1', 2_000))
      .thenRefused('key_exists');
  });

  it('takes an identifier that every object inherits for a new one', () => {
    given(keyRing).when(add('constructor', 1_000)).then(added('constructor', 1_000));
  });
});

describe('activating a signing key', () => {
  it('lets the first key of a ring sign at once: nobody can have cached a set without it', () => {
    given(keyRing, added('k1', 1_000)).when(activate('k1', 1_000)).then(activated('k1', 1_000));
  });

  it('retires the one before it', () => {
    given(keyRing, ...withNext)
      .when(activate('k2', 2_360))
      .then(activated('k2', 2_360, 'k1'));
  });

  it('waits until every cache has seen the key (META-06)', () => {
    given(keyRing, ...withNext)
      .when(activate('k2', 2_359))
      .thenRefused('published_too_recently');
  });

  it('lets the next key sign at once after the active one was revoked: nothing else could sign at all', () => {
    given(keyRing, ...withNext, revoked('k1'))
      .when(activate('k2', 2_001))
      .then(activated('k2', 2_001));
  });

  it('is harmless for the active key', () => {
    given(keyRing, ...inUse)
      .when(activate('k1', 9_000))
      .thenNothing();
  });

  it('never brings back a retired or revoked key', () => {
    given(keyRing, ...rotated)
      .when(activate('k1', 9_000))
      .thenRefused('key_not_next');
    given(keyRing, ...withNext, revoked('k2'))
      .when(activate('k2', 9_000))
      .thenRefused('key_not_next');
  });

  it('refuses a key that never was', () => {
    given(keyRing, ...inUse)
      .when(activate('k9', 9_000))
      .thenRefused('key_unknown');
    given(keyRing, ...inUse)
      .when(activate('constructor', 9_000))
      .thenRefused('key_unknown');
  });
});

describe('revoking a signing key', () => {
  it.each([
    ['next', withNext, 'k2'],
    ['retired', rotated, 'k1'],
  ] as const)('is recorded while it is %s', (_status, history, kid) => {
    given(keyRing, ...history)
      .when(revoke(kid))
      .then(revoked(kid));
  });

  it('lets the next one sign at once, in the same act, however short it was published: nothing else could sign (META-08)', () => {
    given(keyRing, ...withNext)
      .when(revoke('k1'))
      .then(revoked('k1'), activated('k2', 2_001));
    expect(life(...withNext, revoked('k1'), activated('k2', 2_001))).toEqual({ k1: 'revoked', k2: 'active', signs: 'k2' });
  });

  it('lets the one published last sign, of several that wait', () => {
    for (const waiting of [
      [added('k3', 2_000), added('k2', 1_999)],
      [added('k2', 1_999), added('k3', 2_000)],
    ])
      given(keyRing, ...inUse, ...waiting)
        .when(revoke('k1'))
        .then(revoked('k1'), activated('k3', 2_001));
  });

  it('is refused while it alone can sign', () => {
    given(keyRing, ...inUse)
      .when(revoke('k1'))
      .thenRefused('no_next_key');
    given(keyRing, ...withNext, revoked('k2'))
      .when(revoke('k1'))
      .thenRefused('no_next_key');
  });

  it('is harmless a second time', () => {
    given(keyRing, ...rotated, revoked('k1'))
      .when(revoke('k1'))
      .thenNothing();
  });

  it('refuses a key that never was', () => {
    given(keyRing, ...inUse)
      .when(revoke('k9'))
      .thenRefused('key_unknown');
  });
});

describe('a key ring', () => {
  it('goes through next, active and retired', () => {
    expect(life(added('k1', 1_000))).toEqual({ k1: 'next', signs: undefined });
    expect(life(...withNext)).toEqual({ k1: 'active', k2: 'next', signs: 'k1' });
    expect(life(...rotated)).toEqual({ k1: 'retired', k2: 'active', signs: 'k2' });
  });

  it('remembers since when a key is published and when it stopped signing', () => {
    expect(fold(...rotated).keys['k1']).toEqual({ kid: 'k1', alg: 'ES256', jwk, status: 'retired', publishedAt: 1_000, retiredAt: 2_360 });
  });

  it('has nobody to sign once the active key is revoked', () => {
    expect(life(...rotated, revoked('k2'))).toEqual({ k1: 'retired', k2: 'revoked', signs: undefined });
  });

  it('goes on signing when another key is revoked', () => {
    expect(life(...rotated, revoked('k1'))).toEqual({ k1: 'revoked', k2: 'active', signs: 'k2' });
  });

  it('keeps a revoked key revoked when its successor is activated', () => {
    expect(life(...withNext, revoked('k1'), activated('k2', 2_001, 'k1'))).toEqual({ k1: 'revoked', k2: 'active', signs: 'k2' });
  });

  it('makes no key out of an event about one that never was', () => {
    expect(fold(revoked('k9'), ...inUse).keys).toEqual(fold(...inUse).keys);
    expect(Object.keys(fold(...inUse, activated('k9', 2_000, 'k8')).keys)).toEqual(['k1']);
  });
});

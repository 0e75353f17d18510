import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentIdOf, newAgentId, newId, newSecret, sha256base64url, ulid } from './ids.js';

describe('a ULID', () => {
  it('is 26 characters of Crockford base 32, upper case', () => {
    fc.assert(fc.property(fc.nat(281_474_976_710_655), (ms) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(ulid(ms))));
  });

  it('sorts after every one made before it, also within a millisecond and over a clock set back', () => {
    const start = 2 ** 47;
    const times = Array.from({ length: 5_000 }, (_, at) => start + (at % 7 === 0 ? -1_000 : Math.floor(at / 50)));
    const made = times.map((ms) => ulid(ms));
    expect(made).toEqual(made.toSorted());
    expect(new Set(made).size).toBe(made.length);
  });

  it('begins with its time (the example of the ULID specification)', () => {
    expect(ulid(281_474_976_710_655).slice(0, 10)).toBe('7ZZZZZZZZZ');
  });
});

describe('ids', () => {
  it('name their kind', () => {
    for (const prefix of ['gr', 'it', 'tk', 'tx', 'rq'] as const)
      expect(newId(prefix)).toMatch(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`));
  });

  it('of agents are 128 random bits in characters that can stand in a stream name', () => {
    const made = Array.from({ length: 1_000 }, newAgentId);
    for (const id of made) expect(id).toMatch(/^ag_[A-Za-z0-9_-]{22}$/);
    expect(new Set(made).size).toBe(made.length);
  });

  it('of agents that follow from what was asked are the same for the same parts alone, however they are cut', () => {
    expect(agentIdOf('a', 'b')).toMatch(/^ag_[A-Za-z0-9_-]{22}$/);
    expect(agentIdOf('a', 'b')).toBe(agentIdOf('a', 'b'));
    expect(new Set([agentIdOf('a', 'b'), agentIdOf('ab'), agentIdOf('ab', ''), agentIdOf('a","b')]).size).toBe(4);
  });

  it('of secrets are 256 random bits', () => {
    const made = Array.from({ length: 1_000 }, newSecret);
    for (const secret of made) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('the hash a secret is kept by', () => {
  it('is SHA-256 in base64url (FIPS 180-2, the one-block example)', () => {
    expect(sha256base64url('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});

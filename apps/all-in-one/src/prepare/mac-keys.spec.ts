import { createHmac } from 'node:crypto';
import { Secret } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { macKeysFor } from './mac-keys.js';

const masterKey = new Secret(Buffer.alloc(32, 7));
const topics = ['chancery.registry', 'chancery.issuance', 'chancery.activity', 'chancery.quarantine'] as const;

describe('the MAC keys of topics', () => {
  it('follow from the master key, the same at every run', () => {
    // HKDF-SHA256 (RFC 5869) without salt, by hand: under a changed derivation no record that waits could be read.
    const prk = createHmac('sha256', Buffer.alloc(32)).update(masterKey.reveal()).digest();
    for (const topic of topics) {
      const key = createHmac('sha256', prk).update(`chancery record MAC ${topic}`).update(Buffer.of(1)).digest('base64url');
      expect(macKeysFor(masterKey, [topic])[topic]).toEqual([{ kid: expect.stringMatching(/^[A-Za-z0-9_-]{11}$/) as string, key }]);
    }
    expect(macKeysFor(masterKey, topics)).toEqual(macKeysFor(masterKey, topics));
  });

  it('are as many as topics were asked for, no two alike, nor named alike', () => {
    const keys = Object.values(macKeysFor(masterKey, topics)).flat();
    expect(Object.keys(macKeysFor(masterKey, topics.slice(2)))).toEqual(topics.slice(2));
    for (const member of ['kid', 'key'] as const) expect(new Set(keys.map((each) => each[member])).size).toBe(topics.length);
  });

  it('are others, with other names, under another master key', () => {
    const other = macKeysFor(new Secret(Buffer.alloc(32, 8)), topics);
    const known = JSON.stringify(macKeysFor(masterKey, topics));
    for (const { kid, key } of Object.values(other).flat()) expect([known.includes(kid), known.includes(key)]).toEqual([false, false]);
  });

  it('show nothing of the key in its name', () => {
    for (const { kid, key } of Object.values(macKeysFor(masterKey, topics)).flat()) expect(key).not.toContain(kid.slice(0, 6));
  });
});

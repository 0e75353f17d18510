import { createHmac } from 'node:crypto';
import { Secret, serviceNames } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { macKeysOf } from './mac-keys.js';

const masterKey = new Secret(Buffer.alloc(32, 7));
const own = ['chancery.activity', 'chancery.quarantine'];
const fromTheStore = ['chancery.registry', 'chancery.issuance'];
const writersIn = (keys: ReturnType<typeof macKeysOf>) =>
  Object.fromEntries(Object.entries(keys).map(([topic, each]) => [topic, each.map(({ writer }) => writer)]));

describe('the MAC keys of a service', () => {
  it('are for what it writes itself, and no other’s', () => {
    for (const service of ['registration', 'exchange', 'gateway'] as const)
      expect(writersIn(macKeysOf(service, masterKey))).toEqual(Object.fromEntries(own.map((topic) => [topic, [service]])));
    expect(writersIn(macKeysOf('token', masterKey))).toEqual({
      ...Object.fromEntries(own.map((topic) => [topic, ['token']])),
      ...Object.fromEntries(fromTheStore.map((topic) => [topic, ['relay']])),
    });
  });

  it('are for audit, which reads everything, its own first and then everybody’s', () => {
    const others = serviceNames.filter((name) => name !== 'audit');
    expect(writersIn(macKeysOf('audit', masterKey))).toEqual({
      ...Object.fromEntries(own.map((topic) => [topic, ['audit', ...others]])),
      ...Object.fromEntries(fromTheStore.map((topic) => [topic, ['relay']])),
    });
  });

  it('follow from the master key, the same at every run', () => {
    // HKDF-SHA256 (RFC 5869) without salt, by hand: under a changed derivation no record that waits could be read.
    const prk = createHmac('sha256', Buffer.alloc(32)).update(masterKey.reveal()).digest();
    for (const [topic, keys] of Object.entries(macKeysOf('audit', masterKey)))
      for (const { key, writer, kid } of keys) {
        const right = createHmac('sha256', prk).update(`chancery record MAC ${topic} ${writer}`).update(Buffer.of(1)).digest('base64url');
        expect(key).toBe(right);
        expect(kid).toMatch(/^[A-Za-z0-9_-]{11}$/);
        expect(key).not.toContain(kid.slice(0, 6));
      }
    expect(macKeysOf('token', masterKey)).toEqual(macKeysOf('token', masterKey));
  });

  it('are no two alike, nor named alike, and others under another master key', () => {
    const keys = Object.values(macKeysOf('audit', masterKey)).flat();
    const others = Object.values(macKeysOf('audit', new Secret(Buffer.alloc(32, 8)))).flat();
    for (const member of ['kid', 'key'] as const)
      expect(new Set([...keys, ...others].map((each) => each[member])).size).toBe(keys.length + others.length);
  });
});

import { openStreamReader, StoreUnavailable } from '@chancery/eventstore';
import { waitFor } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyPurposes } from './key-ring.js';
import { openKeys } from './open-keys.js';
import { sealedKeysIn } from './sealed-keys.js';
import { connect, database, ensure, ringOf, sealingKeys } from './spec-kit/keys-database.js';

describe('keys in a process that does not sign', () => {
  it('are public ones: it signs for no purpose, and asks for no private key', async () => {
    const { as, replica, owner } = await database();
    const store = await replica();
    await ensure(store);
    // Nobody could even ask: this role may not read them.
    const asked: string[] = [];
    const sealed = { put: () => Promise.reject(new Error('asked')), get: async (kid: string) => void asked.push(kid) };
    const reader = await openStreamReader(await connect(as('audit')));
    onTestFinished(() => reader.close());
    for (const options of [{}, { sealed }, { sealingKeys }, { sealed, sealingKeys, signs: [] }]) {
      const keys = await openKeys({ store: reader, now: () => reader.now(), ...options });
      onTestFinished(() => keys.close());
      for (const purpose of keyPurposes) {
        expect(keys.published(purpose).length).toBeGreaterThan(0);
        expect(() => keys.active(purpose)).toThrow(StoreUnavailable);
      }
    }
    expect(asked).toEqual([]);
    expect(await owner.query('SELECT count(*)::int AS count FROM keyring.sealed_key')).toEqual([{ count: keyPurposes.length + 2 }]);
  });

  it('are private for the purposes it signs for, and no other', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const keys = await openKeys({
      store,
      now: () => store.now(),
      sealed: sealedKeysIn(store.dataSource),
      sealingKeys,
      signs: ['access-token'],
    });
    onTestFinished(() => keys.close());
    expect(keys.active('access-token').kid).toBe(keys.published('access-token')[0]?.kid);
    for (const purpose of keyPurposes.slice(1)) expect(() => keys.active(purpose)).toThrow(StoreUnavailable);
  });

  it('hear by themselves of a key that was revoked', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const keys = await openKeys({ store, now: () => store.now(), every: 20 });
    onTestFinished(() => keys.close());
    const { kid } = ring.active('revocation');
    expect(keys.find('revocation', kid)?.kid).toBe(kid);
    await ring.revoke({ purpose: 'revocation', kid, reason: 'stolen', by: 'ag_operator' });
    await waitFor(() => keys.find('revocation', kid) === undefined);
    expect(keys.published('revocation').map((key) => key.kid)).toEqual([ring.active('revocation').kid]);
  });
});

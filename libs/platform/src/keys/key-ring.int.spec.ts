import { randomBytes, sign, verify } from 'node:crypto';
import { type PostgresEventStore, type ServiceRole, StoreUnavailable } from '@chancery/eventstore';
import { expectNoSecret, waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import { keyPurposes, type KeyRing } from './key-ring.js';
import { connect, database, ensure, ringOf, sealingKey } from './spec-kit/keys-database.js';
import { unseal } from './seal.js';

const eventsOf = async (store: PostgresEventStore, purpose: string) =>
  (await store.read(`main/key/${purpose}`)).map(({ event }) =>
    event.type.startsWith('key.') ? [event.type, (event as { kid: string }).kid] : [],
  );

const act = { purpose: 'access-token', by: 'ag_operator' } as const;

const kids = (ring: KeyRing) => ring.published('access-token').map(({ kid }) => kid);

describe('the first start', () => {
  it('makes a key that signs for every purpose, and a published next one for access tokens and revocations', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    for (const purpose of keyPurposes) {
      const { alg, kid } = ring.active(purpose);
      expect(alg).toBe(purpose === 'access-token' ? 'ES256' : 'Ed25519');
      expect(ring.published(purpose)).toHaveLength(purpose === 'access-token' || purpose === 'revocation' ? 2 : 1);
      expect(ring.find(purpose, kid)?.jwk).not.toHaveProperty('d');
    }
    expect(new Set(keyPurposes.map((purpose) => ring.active(purpose).kid)).size).toBe(keyPurposes.length);
  });

  it('of several replicas at once ends with one set of keys, which all of them sign with', async () => {
    const { replica } = await database();
    const stores = await Promise.all([replica(), replica(), replica()]);
    await Promise.all(stores.map((store) => ensure(store)));
    const [first, ...others] = await Promise.all(stores.map((store) => ringOf(store)));
    for (const purpose of keyPurposes) {
      for (const other of others) expect(other.active(purpose).kid).toBe(first?.active(purpose).kid);
    }
    expect((await eventsOf(stores[0], 'access-token')).map(([type]) => type)).toEqual(['key.added', 'key.activated', 'key.added']);
  });

  it('is the only one that makes any: later ones change nothing', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const before = await eventsOf(store, 'access-token');
    await ensure(await replica());
    expect(await eventsOf(store, 'access-token')).toEqual(before);
  });

  it('after another algorithm was configured publishes a next key of it, and goes on signing with the old one', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    await ensure(store, { algorithm: 'Ed25519' });
    const ring = await ringOf(store);
    expect(ring.active('access-token').alg).toBe('ES256');
    expect(ring.published('access-token').map(({ alg }) => alg)).toEqual(['ES256', 'ES256', 'Ed25519']);
  });
});

describe('private keys at rest', () => {
  it('are sealed: no table has one in any form, and no event', async () => {
    const { replica, owner } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const rows: { kid: string; sealed: Buffer }[] = await owner.query('SELECT kid, purpose, sealed FROM keyring.sealed_key');
    expect(rows).toHaveLength(keyPurposes.length + 2);
    const { kid, privateKey } = ring.active('access-token');
    const sealed = rows.find((row) => row.kid === kid)?.sealed ?? Buffer.alloc(0);
    expect(unseal(sealed, { purpose: 'access-token', kid }, sealingKey)?.equals(privateKey)).toBe(true);
    const secrets = { d: Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url') };
    const events: { data: Buffer }[] = await owner.query('SELECT data FROM es.event');
    for (const bytes of [...rows.map((row) => row.sealed), ...events.map(({ data }) => data)])
      expectNoSecret(bytes, secrets, 'the database');
  });

  it('do not open under another master key: the start stops and names the setting', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    await expect(ringOf(store, { sealingKeys: () => new Secret(randomBytes(32)) })).rejects.toThrow(/^CHANCERY_MASTER_KEY: does not open/);
  });

  it('can be read by those who sign, and changed by nobody', async () => {
    const { as, replica } = await database();
    await ensure(await replica());
    const may = async (role: ServiceRole, statement: string) =>
      (await connect(as(role))).query(statement).then(
        () => true,
        (error: Error) => (error.message.startsWith('permission denied') ? false : Promise.reject(error)),
      );
    const select = 'SELECT 1 FROM keyring.sealed_key';
    const insert = `INSERT INTO keyring.sealed_key (kid, purpose, sealed) VALUES (gen_random_uuid()::text, 'revocation', 'x')`;
    expect(await Promise.all((['token', 'exchange', 'registration', 'audit', 'relay'] as const).map((role) => may(role, select)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await may('token', insert)).toBe(true);
    expect(await may('exchange', insert)).toBe(false);
    for (const statement of [
      `UPDATE keyring.sealed_key SET sealed = 'x'`,
      'DELETE FROM keyring.sealed_key',
      'TRUNCATE keyring.sealed_key',
    ]) {
      expect(await may('token', statement)).toBe(false);
    }
  });
});

describe('a key ring', () => {
  it('has no key that signs before there is one, and makes none while serving', async () => {
    const { replica } = await database();
    const store = await replica();
    const ring = await ringOf(store);
    expect(() => ring.active('access-token')).toThrow(StoreUnavailable);
    await ring.refresh();
    expect(await store.read('main/key/access-token')).toEqual([]);
  });

  it('keeps purposes apart: a key is found under its own alone', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const { kid } = ring.active('service-gateway');
    expect(ring.find('service-gateway', kid)?.kid).toBe(kid);
    for (const purpose of keyPurposes.filter((each) => each !== 'service-gateway')) expect(ring.find(purpose, kid)).toBeUndefined();
  });

  it('lets the next key sign only when every cache of the key set has had it (META-06)', async () => {
    const { replica, pass } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const [active, next] = kids(ring);
    await pass(355);
    await ring.refresh();
    await expect(ring.rotate(act)).rejects.toThrow('published_too_recently');
    expect(ring.active('access-token').kid).toBe(active);

    await pass(361);
    await ring.refresh();
    expect(await ring.rotate(act)).toBe(next);
    expect(ring.active('access-token').kid).toBe(next);
    expect((await store.read('main/key/access-token')).at(-1)?.event).toMatchObject({
      type: 'key.activated',
      kid: next,
      retires: active,
      by: 'ag_operator',
    });
    await expect(ring.rotate(act)).rejects.toThrow('no_next_key');
  });

  it('goes on publishing a retired key until its last token is over, and not longer (META-06)', async () => {
    const { replica, pass } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const [active, next] = kids(ring);
    await pass(400);
    await ring.refresh();
    await ring.rotate(act);
    await pass(400 + 955);
    await ring.refresh();
    expect(kids(ring)).toEqual([active, next]);
    await pass(400 + 965);
    await ring.refresh();
    expect(kids(ring)).toEqual([next]);
    expect(ring.find('access-token', active ?? '')).toBeUndefined();
  });

  it('drops a revoked key at once, for ever, and signs with the next one from then on (META-08)', async () => {
    const { replica, owner } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const [active = '', next = ''] = kids(ring);
    const before = (await store.read('main/key/access-token')).length;
    const revoke = { ...act, kid: active, reason: 'stolen' };
    expect(await ring.revoke(revoke)).toMatchObject({ already: false });
    expect(kids(ring)).toEqual([next]);
    expect(ring.active('access-token').kid).toBe(next);
    const { privateKey } = ring.active('access-token');
    const signed = sign('sha256', Buffer.from('x'), privateKey);
    expect(verify('sha256', Buffer.from('x'), ring.find('access-token', next)?.key ?? '', signed)).toBe(true);
    expect(await owner.query('SELECT kind, id FROM es.revocation')).toEqual([{ kind: 'key', id: active }]);
    const events = (await store.read('main/key/access-token')).slice(before);
    expect(events.map(({ event }) => event)).toEqual([
      { type: 'key.revoked', purpose: 'access-token', kid: active, reason: 'stolen', by: 'ag_operator' },
      { type: 'key.activated', purpose: 'access-token', kid: next, activatedAt: expect.any(Number) as number, by: 'ag_operator' },
    ]);
    // One append: at no moment is there nobody who signs.
    expect(events[0]?.at).toBe(events[1]?.at);

    expect(await ring.revoke(revoke)).toEqual({ already: true });
    expect(await store.read('main/key/access-token')).toHaveLength(before + 2);
    await expect(ring.revoke({ ...revoke, kid: 'unheard-of' })).rejects.toThrow('key_unknown');
  });

  it('does not drop the last key that can sign; the next start makes another one', async () => {
    const { replica } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    await ring.revoke({ ...act, kid: ring.active('access-token').kid, reason: 'stolen' });
    const { kid } = ring.active('access-token');
    const recorded = (await store.read('main/key/access-token')).length;
    await expect(ring.revoke({ ...act, kid, reason: 'stolen too' })).rejects.toThrow('no_next_key');
    expect(await store.read('main/key/access-token')).toHaveLength(recorded);
    expect(ring.active('access-token').kid).toBe(kid);

    await ensure(store);
    await ring.revoke({ ...act, kid, reason: 'stolen too' });
    expect(ring.active('access-token').kid).not.toBe(kid);
  });

  it('is changed by nobody whose own authority has ended', async () => {
    const { replica, pass } = await database();
    const store = await replica();
    await ensure(store);
    const ring = await ringOf(store);
    const [first = '', second = ''] = kids(ring);
    await ring.revoke({ ...act, kid: first, reason: 'stolen' });
    await ensure(store);
    await pass(400);
    await ring.refresh();
    const recorded = (await store.read('main/key/access-token')).length;
    const forged = { ...act, notRevoked: [{ kind: 'key' as const, id: first, since: Math.floor(store.now()) }] };
    await expect(ring.revoke({ ...forged, kid: second, reason: 'x' })).rejects.toThrow('requester_revoked');
    await expect(ring.rotate(forged)).rejects.toThrow('requester_revoked');
    expect(await store.read('main/key/access-token')).toHaveLength(recorded);
    // Whose token the ending key signed may end it.
    const own = { ...act, notRevoked: [{ kind: 'key' as const, id: second, since: Math.floor(store.now()) }] };
    expect(await ring.revoke({ ...own, kid: second, reason: 'x' })).toMatchObject({ already: false });
  });

  it('hears by itself what another replica changed', async () => {
    const { replica } = await database();
    const [here, there] = await Promise.all([replica(), replica()]);
    await ensure(here);
    const [ring, other] = [await ringOf(here), await ringOf(there, { every: 20 })];
    const { kid } = ring.active('access-token');
    await ring.revoke({ ...act, kid, reason: 'stolen' });
    await waitFor(() => other.find('access-token', kid) === undefined);
  });
});

import { openMemoryStore } from '@chancery/eventstore/memory';
import { type Caller, ensureKeys, openKeyRing, type SealedKeys, Secret } from '@chancery/platform';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KeyedIssuing } from './operations.js';
import { listKeys, revokeKey, rotateKeys } from './admin.js';

const now = 1_790_000_000;
const stream = 'main/key/access-token';
const body = Buffer.from(JSON.stringify({ reason: 'stolen' }));

const operatorOf = (kid: string): Caller => ({
  clientId: 'op_1',
  scope: ['chancery:revoke', 'chancery:policy'],
  grantId: 'gr_op',
  jti: 'tk_op',
  iat: now,
  kid,
  profile: 'service',
});

function sealedInMemory(): SealedKeys {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (kid, purpose, sealed) => void kept.set(`${purpose}/${kid}`, sealed),
    get: async (kid, purpose) => kept.get(`${purpose}/${kid}`),
  };
}

/** A token service after its first start: one key signs, one is published next. */
async function world() {
  const clock = { seconds: now };
  const store = openMemoryStore({ now: () => clock.seconds * 1_000_000 });
  const own = { store, sealed: sealedInMemory(), sealingKeys: () => new Secret(Buffer.alloc(32, 1)) };
  const start = () => ensureKeys({ ...own, algorithm: 'ES256', by: 'system' });
  await start();
  const keys = await openKeyRing({ ...own, now: () => clock.seconds });
  onTestFinished(() => keys.close());
  const deps: KeyedIssuing = { store, keys, issuer: 'https://id.example' };
  const [active = '', next = ''] = keys.published('access-token').map(({ kid }) => kid);
  const recorded = async () => (await store.read(stream)).map(({ event }) => event);
  return { clock, start, deps, active, next, recorded };
}

describe("an operator's revocation of a signing key", () => {
  it('of the one that signs hands over to the next one, in the operator’s name (META-08)', async () => {
    const { deps, active, next, recorded } = await world();
    const acted = await revokeKey(active, body, operatorOf(active), deps);
    // Of the revocation, which gateways acknowledge; not of what follows from it.
    const { position } = (await deps.store.read(stream)).findLast(({ event }) => event.type === 'key.revoked') ?? {};
    expect(acted).toEqual({ already: false, at: now * 1_000_000, position });
    expect((await recorded()).slice(-2)).toEqual([
      { type: 'key.revoked', purpose: 'access-token', kid: active, reason: 'stolen', by: 'op_1' },
      { type: 'key.activated', purpose: 'access-token', kid: next, activatedAt: now, by: 'op_1' },
    ]);
    expect(listKeys(deps)).toEqual({ active: next, keys: [{ kid: next, alg: 'ES256' }] });
  });

  it('says of a second one that it was so already', async () => {
    const { deps, active, next } = await world();
    await revokeKey(active, body, operatorOf(active), deps);
    expect(await revokeKey(active, body, operatorOf(next), deps)).toEqual({ already: true });
  });

  it('of the last one that can sign is refused, and says what helps', async () => {
    const { start, deps, active, next, recorded } = await world();
    await revokeKey(active, body, operatorOf(active), deps);
    const before = await recorded();
    await expect(revokeKey(next, body, operatorOf(next), deps)).rejects.toMatchObject({
      status: 409,
      refusal: 'no_next_key',
      description: expect.stringContaining('restart the server') as string,
    });
    expect(await recorded()).toEqual(before);
    await start();
    expect(await revokeKey(next, body, operatorOf(next), deps)).toMatchObject({ already: false });
  });

  it('of one that never was is 404', async () => {
    const { deps, active } = await world();
    await expect(revokeKey('k9', body, operatorOf(active), deps)).rejects.toMatchObject({ status: 404, refusal: 'key_unknown' });
  });
});

describe('an operator whose token a revoked key signed', () => {
  it('changes no key any more', async () => {
    const { clock, start, deps, active, next, recorded } = await world();
    await revokeKey(active, body, operatorOf(active), deps);
    await start();
    clock.seconds += 400;
    const before = await recorded();
    const ended = { code: 'invalid_token', status: 401, refusal: 'requester_revoked' };
    await expect(revokeKey(next, body, operatorOf(active), deps)).rejects.toMatchObject(ended);
    await expect(rotateKeys(operatorOf(active), deps)).rejects.toMatchObject(ended);
    expect(await recorded()).toEqual(before);
    expect(await rotateKeys(operatorOf(next), deps)).toMatchObject({ active: expect.not.stringMatching(next) as string });
  });
});

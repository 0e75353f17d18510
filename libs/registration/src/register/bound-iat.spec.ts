import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { generateKey, makeProof } from '@chancery/oauth/client';
import { proveOnce } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { mintToken } from './initial-access-token.js';
import { registerAgent } from './register.js';
import { Slots } from './slots.js';
import { issuer, sampleClass, sampleResource } from '../spec-kit/sample-class.js';

const iatId = 'it_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const { token, tokenHash } = mintToken(iatId);
const key = generateKey();
const stranger = generateKey();

const settings: ChanceryEvent[] = [sampleResource, sampleClass];

async function storeBound(jkt?: string): Promise<EventStore> {
  const store = openMemoryStore();
  const minted: ChanceryEvent = {
    type: 'iat.minted',
    iatId,
    class: 'default',
    uses: 10,
    expiresAt: 4_000_000_000,
    tokenHash,
    ...(jkt !== undefined && { jkt }),
    by: 'op_1',
  };
  await store.append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted] }] });
  await store.append({ streams: [{ stream: streamName('config', 'main'), expected: 0, events: settings }] });
  return store;
}

const body = (of = generateKey()) =>
  Buffer.from(JSON.stringify({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [of.publicJwk] } }));
const proofOf = (store: EventStore, changed: Partial<Parameters<typeof makeProof>[0]> = {}) =>
  makeProof({ key, method: 'POST', url: `${issuer}/register`, now: store.now(), ...changed });
const nobody = { leaving: () => Promise.resolve([]), uncounted: () => Promise.resolve(0) };
const register = (store: EventStore, header?: string | readonly string[], asked = body()): Promise<string> =>
  registerAgent(
    {
      authorization: `Bearer ${token}`,
      proof: proveOnce({ header, method: 'POST', url: `${issuer}/register`, now: () => store.now() }),
      body: asked,
    },
    { issuer, store, slots: new Slots(), members: nobody },
  ).then(
    ({ event }) => `use ${event.slot}`,
    (error: unknown) => {
      if (error instanceof OAuthError) return `${error.status} ${error.code} ${error.refusal}`;
      throw error;
    },
  );

describe('an initial access token that is bound to a key', () => {
  it('opens registrations to whoever proves that key', async () => {
    const store = await storeBound(key.thumbprint);
    expect(await register(store, proofOf(store))).toBe('use 1');
    expect(await register(store, proofOf(store, { accessToken: token }))).toBe('use 2');
  });

  it('is worth nothing without it, and looks as any token that does not do (IAT-02)', async () => {
    const store = await storeBound(key.thumbprint);
    expect(await register(store)).toBe('401 invalid_token iat_proof_missing');
    expect(await register(store, proofOf(store, { key: stranger }))).toBe('401 invalid_token iat_key_mismatch');
  });

  it('takes each proof once (DPOP-07)', async () => {
    const store = await storeBound(key.thumbprint);
    const proof = proofOf(store);
    expect(await register(store, proof)).toBe('use 1');
    expect(await register(store, proof)).toBe('400 invalid_dpop_proof proof_replayed');
    // What was refused took no use of the token.
    expect(await register(store, proofOf(store))).toBe('use 2');
  });

  it.each<[string, (store: EventStore) => string | readonly string[]]>([
    ['of another endpoint', (store) => proofOf(store, { url: `${issuer}/token` })],
    ['of another method', (store) => proofOf(store, { method: 'PUT' })],
    ['that is too old', (store) => proofOf(store, { now: store.now() - 120 })],
    ['of another token', (store) => proofOf(store, { accessToken: 'another' })],
    ['that is none', () => 'a.b.c'],
    ['twice', (store) => [proofOf(store), proofOf(store)]],
  ])('takes no proof %s', async (_what, proof) => {
    const store = await storeBound(key.thumbprint);
    expect(await register(store, proof(store))).toMatch(/^400 invalid_dpop_proof /);
    expect(await register(store, proofOf(store))).toBe('use 1');
  });
});

describe('a proof by the key of both, token and agent', () => {
  it('is used up once, for both', async () => {
    const store = await storeBound(key.thumbprint);
    const [proof, asked] = [proofOf(store), body(key)];
    expect(await register(store, proof, asked)).toBe('use 1');
    expect(await register(store, proof, asked)).toBe('400 invalid_dpop_proof proof_replayed');
    // The answer once more, not another agent.
    expect(await register(store, proofOf(store), asked)).toBe('use 1');
    expect(await register(store, proofOf(store), body())).toBe('use 2');
  });
});

describe('a proof beside a token that is bound to none', () => {
  it('is refused, not ignored, where it is by no key of the agent (WIRE-20)', async () => {
    const store = await storeBound();
    expect(await register(store, proofOf(store))).toBe('400 invalid_dpop_proof proof_of_another_key');
    expect(await register(store)).toBe('use 1');
  });

  it('is of this request, where it says of which token it is', async () => {
    const store = await storeBound();
    expect(await register(store, proofOf(store, { accessToken: 'another' }), body(key))).toBe('400 invalid_dpop_proof ath_mismatch');
    expect(await register(store, proofOf(store, { accessToken: token }), body(key))).toBe('use 1');
  });
});

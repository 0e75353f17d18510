import { generateKeyPairSync } from 'node:crypto';
import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { sha256base64url } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { answer } from './answer.js';
import { mintToken } from './initial-access-token.js';
import { registerAgent } from './register.js';
import { Slots } from './slots.js';
import { issuer, sampleClass, sampleResource } from '../spec-kit/sample-class.js';

const iatId = 'it_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const { token, tokenHash } = mintToken(iatId);
const settings: ChanceryEvent[] = [
  sampleResource,
  { ...sampleClass, authMethods: ['private_key_jwt', 'client_secret_basic'], maxUses: 10_000 },
];

/** A store with one IAT, and how often it was asked to append. */
async function storeWith(uses: number): Promise<EventStore & { appends: number }> {
  const store = openMemoryStore();
  const minted: ChanceryEvent = { type: 'iat.minted', iatId, class: 'default', uses, expiresAt: 4_000_000_000, tokenHash, by: 'op_1' };
  await store.append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted] }] });
  await store.append({ streams: [{ stream: streamName('config', 'main'), expected: 0, events: settings }] });
  const counted = {
    ...store,
    appends: 0,
    append: (append: Parameters<EventStore['append']>[0]) => {
      counted.appends += 1;
      return store.append(append);
    },
  };
  return counted;
}

/** No class of these counts. */
const nobody = { leaving: () => Promise.resolve([]), uncounted: () => Promise.resolve(0) };
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const register = (
  store: EventStore,
  slots: Slots,
  metadata: object = { jwks: { keys: [jwk] }, token_endpoint_auth_method: 'private_key_jwt' },
) =>
  registerAgent(
    { authorization: `Bearer ${token}`, proof: () => undefined, body: Buffer.from(JSON.stringify(metadata)) },
    { issuer, store, slots, members: nobody },
  );

const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof OAuthError ? error.refusal : String(error)),
  );

describe('an initial access token of 400 uses', () => {
  it('opens 400 registrations, each with the next use, and no more', async () => {
    const store = await storeWith(400);
    const slots = new Slots();
    for (let n = 1; n <= 400; n++) expect((await register(store, slots)).event.slot).toBe(n);
    expect(store.appends).toBe(400);
    expect(await refusalOf(register(store, slots))).toBe('iat_exhausted');
    expect(store.appends).toBe(400);

    // A process that knows nothing of it.
    store.appends = 0;
    const fresh = new Slots();
    expect(await refusalOf(register(store, fresh))).toBe('iat_exhausted');
    expect(store.appends).toBeLessThanOrEqual(20);
    store.appends = 0;
    expect(await refusalOf(register(store, fresh))).toBe('iat_exhausted');
    expect(store.appends).toBe(0);
  });

  it('goes on where it stands in a process that knows nothing of it', async () => {
    const store = await storeWith(400);
    for (let n = 1, slots = new Slots(); n <= 300; n++) await register(store, slots);
    store.appends = 0;
    expect((await register(store, new Slots())).event.slot).toBe(301);
    expect(store.appends).toBeLessThanOrEqual(25);
    // Looking at a use does not take it.
    for (let n = 302, slots = new Slots(); n <= 400; n++) expect((await register(store, slots)).event.slot).toBe(n);
  });
});

describe('the answer to a registration', () => {
  it('repeats the algorithm that was asked for, and none that was not (RFC 7591 §3.2.1)', async () => {
    const store = await storeWith(2);
    const asked = { jwks: { keys: [jwk] }, token_endpoint_auth_method: 'private_key_jwt' };
    const pinned = answer(await register(store, new Slots(), { ...asked, token_endpoint_auth_signing_alg: 'ES256' }), issuer);
    expect(pinned).toMatchObject({ token_endpoint_auth_signing_alg: 'ES256', token_endpoint_auth_method: 'private_key_jwt' });
    expect(answer(await register(store, new Slots(), asked), issuer)).not.toHaveProperty('token_endpoint_auth_signing_alg');
  });

  it('says how the registration is managed, and keeps a hash of what it is managed with (DCR-02, RFC 7592 §3)', async () => {
    const store = await storeWith(1);
    const registered = await register(store, new Slots());
    const said = answer(registered, issuer);
    const { agentId, ratHash } = registered.event;
    expect(said).toMatchObject({
      registration_client_uri: `https://id.example/register/${agentId}`,
      registration_access_token: expect.stringMatching(new RegExp(`^${agentId}\\.[\\w-]{43}$`)),
    });
    expect(sha256base64url(String(said['registration_access_token']))).toBe(ratHash);
    expect(
      JSON.stringify(await store.read(streamName('agent', agentId)), (_name, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toContain(String(said['registration_access_token']).split('.')[1]);
  });

  it('says where the keys are that the agent has elsewhere, as its event does (RFC 7591 §3.2.1)', async () => {
    const asked = { jwks_uri: 'https://agent.example/jwks', token_endpoint_auth_method: 'private_key_jwt' };
    const registered = await register(await storeWith(1), new Slots(), asked);
    expect(registered.event).toMatchObject({ jwksUri: 'https://agent.example/jwks' });
    expect(answer(registered, issuer)).toMatchObject({ jwks_uri: 'https://agent.example/jwks' });
    expect(answer(registered, issuer)).not.toHaveProperty('jwks');
  });
});

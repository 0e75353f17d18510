import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { streamName } from '@chancery/events';
import { OAuthError, renderJson } from '@chancery/oauth';
import { sha256base64url } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { mintToken, presentedIat, readIat } from './initial-access-token.js';

const iatId = 'it_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const { token, tokenHash } = mintToken(iatId);

const thrown = async (work: () => unknown): Promise<OAuthError> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

async function storeWithIat(): Promise<EventStore> {
  const store = openMemoryStore();
  const minted = { type: 'iat.minted', iatId, class: 'default', uses: 1, expiresAt: 4_000_000_000, tokenHash, by: 'op_1' } as const;
  await store.append({ streams: [{ stream: streamName('iat', iatId), expected: 0, events: [minted] }] });
  return store;
}

describe('an initial access token', () => {
  it('is its id and 256 random bits, kept as a hash (IAT-01)', () => {
    expect(token).toMatch(/^it_01ARZ3NDEKTSV4RRFFQ69G5FAV\.[\w-]{43}$/);
    expect(tokenHash).toBe(sha256base64url(token));
    expect(mintToken(iatId).token).not.toBe(token);
  });

  it('is shown in one Authorization field, the scheme without case (IAT-01)', () => {
    for (const field of [`Bearer ${token}`, `bearer ${token}`]) expect(presentedIat(field)).toEqual({ iatId, token });
  });

  it('that is not shown is asked for, without an error (IAT-02)', async () => {
    const { status, headers } = renderJson(await thrown(() => presentedIat(undefined)));
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="chancery-registration"']);
  });

  it.each<[string, string | readonly string[]]>([
    ['nothing', ''],
    ['the scheme alone', 'Bearer'],
    ['another scheme', `DPoP ${token}`],
    ['Basic', `Basic ${Buffer.from(`${iatId}:x`).toString('base64')}`],
    ['two fields', [`Bearer ${token}`, `Bearer ${token}`]],
    ['two tokens', `Bearer ${token}, Bearer ${token}`],
    ['a token and a word', `Bearer ${token} x`],
    ['an access token (S-008)', 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
    ['half of it', `Bearer ${token.slice(0, -1)}`],
    ['more than it', `Bearer ${token}A`],
    ['its id alone', `Bearer ${iatId}`],
    ['an id that names another stream', `Bearer it_../agent/01ARZ3NDEKTSV4RRF.${'a'.repeat(43)}`],
  ])('is not %s', async (_, field) => {
    const { status, headers } = renderJson(await thrown(() => presentedIat(field)));
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="chancery-registration", error="invalid_token"']);
  });

  it('is known by its hash: unknown and wrong are told apart by nobody (IAT-02, WIRE-19)', async () => {
    const store = await storeWithIat();
    expect((await readIat({ iatId, token }, store, 'fresh')).state).toMatchObject({ status: 'open', class: 'default' });
    const wrong = await thrown(() => readIat({ iatId, token: `${iatId}.${'a'.repeat(43)}` }, store, 'fresh'));
    const unknown = await thrown(() => readIat({ iatId: 'it_01ARZ3NDEKTSV4RRFFQ69G5FAW', token }, store, 'fresh'));
    const empty = await thrown(() => readIat({ iatId: 'it_01ARZ3NDEKTSV4RRFFQ69G5FAW', token: '' }, store, 'fresh'));
    expect([wrong.refusal, unknown.refusal, empty.refusal]).toEqual(['iat_invalid', 'iat_invalid', 'iat_invalid']);
    expect(renderJson(unknown)).toEqual(renderJson(wrong));
  });
});

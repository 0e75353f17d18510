import { generateKeyPairSync } from 'node:crypto';
import { limits } from '@chancery/oauth';
import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { FetchRefused } from '../outbound/fetch-refused.js';
import { openRemoteKeys } from './remote-keys.js';

const [first, second] = [generateKey(), generateKey()];
const url = 'https://agent.example/jwks';
const setOf = (...keys: readonly ClientKey[]) => ({ keys: keys.map(({ publicJwk }) => publicJwk) });

/** A source whose answers, age and clock are said by the spec; each fetch is counted by its address. */
function source(content: unknown = setOf(first)) {
  const world = { seconds: 1_000, content, freshSeconds: undefined as number | undefined, refusal: undefined as FetchRefused | undefined };
  const fetched: string[] = [];
  const keys = openRemoteKeys({
    monotonic: () => world.seconds,
    fetch: async (asked) => {
      fetched.push(asked);
      await Promise.resolve();
      if (world.refusal) throw world.refusal;
      return { body: Buffer.from(JSON.stringify(world.content)), freshSeconds: world.freshSeconds };
    },
  });
  // Another agent for each address, unless the spec says so.
  const held = async (at = url, agent = at): Promise<readonly (string | undefined)[]> =>
    (await keys.keysAt(at, agent)).map(({ kid }) => kid);
  const refusal = (at = url, agent = at): Promise<string> =>
    keys.keysAt(at, agent).then(
      () => 'none',
      (error: unknown) => (error instanceof FetchRefused ? error.refusal : String(error)),
    );
  return { world, fetched, keys, held, refusal };
}

describe('the keys at an address', () => {
  it('are fetched once for all who ask at the same time, and held while they are fresh', async () => {
    const { world, fetched, held } = source();
    const found = await Promise.all(Array.from({ length: 50 }, () => held()));
    expect(new Set(found.flat())).toEqual(new Set([first.thumbprint]));
    world.seconds += limits.remoteKeysFreshSeconds - 1;
    await held();
    expect(fetched).toHaveLength(1);
    world.seconds += 1;
    await held();
    expect(fetched).toHaveLength(2);
  });

  it.each([
    ['as their answer says', 600, 600],
    ['a minute at least', 0, 60],
    ['a day at most', 10_000_000, 86_400],
    ['five minutes where it says nothing', undefined, 300],
  ])('are fresh %s', async (_, said, counted) => {
    const { world, fetched, held } = source();
    world.freshSeconds = said;
    await held();
    world.seconds += counted - 1;
    await held();
    expect(fetched).toHaveLength(1);
    world.seconds += 1;
    await held();
    expect(fetched).toHaveLength(2);
  });

  it('are asked for again by whom they do not verify once a minute, however often and by how many (JOSE-07, S-027)', async () => {
    const { world, fetched, keys, held } = source();
    const known = await keys.keysAt(url, url);
    world.seconds += 59;
    for (let n = 0; n < 5_000; n++) expect(await keys.newerThan(known, url, url)).toBeUndefined();
    expect(fetched).toHaveLength(1);
    world.seconds += 1;
    await Promise.all(Array.from({ length: 5_000 }, () => keys.newerThan(known, url, url)));
    expect(fetched).toHaveLength(2);
    expect(await held()).toEqual([first.thumbprint]);
  });

  it('are asked for at one address a minute for one agent, wherever it says they are meanwhile', async () => {
    const { world, fetched, held, refusal } = source();
    await held(url, 'ag_1');
    for (let n = 0; n < 100; n++) expect(await refusal(`https://third-party.example/?${n}`, 'ag_1')).toBe('asked_too_often');
    expect(fetched).toEqual([url]);
    // Those that are held already cost nobody anything.
    expect(await held(url, 'ag_2')).toEqual([first.thumbprint]);
    world.seconds += 60;
    await held('https://third-party.example/?1', 'ag_1');
    expect(await refusal('https://third-party.example/?2', 'ag_1')).toBe('asked_too_often');
    expect(await refusal('https://third-party.example/?2', 'ag_3')).toBe('none');
    expect(fetched).toHaveLength(3);
  });

  it('are those after a rotation within the minute, and the withdrawn one is gone', async () => {
    const { world, keys } = source();
    const known = await keys.keysAt(url, url);
    world.content = setOf(second);
    world.seconds += 60;
    expect((await keys.newerThan(known, url, url))?.map(({ kid }) => kid)).toEqual([second.thumbprint]);
    expect((await keys.keysAt(url, url)).map(({ kid }) => kid)).toEqual([second.thumbprint]);
  });

  it('go on verifying while their source is away, for an hour and no longer; a failed fetch is the one of its minute', async () => {
    const { world, fetched, keys, held, refusal } = source();
    const known = await keys.keysAt(url, url);
    world.refusal = new FetchRefused('too_slow');
    world.seconds += limits.remoteKeysFreshSeconds;
    for (let n = 0; n < 100; n++) expect(await held()).toEqual([first.thumbprint]);
    expect(await keys.newerThan(known, url, url)).toBeUndefined();
    expect(fetched).toHaveLength(2);
    world.seconds += limits.remoteKeysStaleSeconds - 1;
    expect(await held()).toEqual([first.thumbprint]);
    world.seconds += 1;
    expect(await refusal()).toBe('too_slow');
    world.refusal = undefined;
    world.seconds += 60;
    expect(await held()).toEqual([first.thumbprint]);
  });

  it('that were never there are asked for once a minute, and refused for the same reason meanwhile', async () => {
    const { world, fetched, held, refusal } = source();
    world.refusal = new FetchRefused('address_not_public');
    for (let n = 0; n < 5_000; n++) expect(await refusal()).toBe('address_not_public');
    expect(fetched).toHaveLength(1);
    world.refusal = undefined;
    world.seconds += 60;
    expect(await held()).toEqual([first.thumbprint]);
  });

  it('are asked for as soon as there is room where nobody was asked for want of it', async () => {
    const { world, held, refusal } = source();
    world.refusal = new FetchRefused('too_many_at_once');
    expect(await refusal()).toBe('too_many_at_once');
    world.refusal = undefined;
    expect(await held()).toEqual([first.thumbprint]);
  });

  const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
  it.each<[string, unknown]>([
    ['no set', {}],
    ['null', null],
    ['an empty set', { keys: [] }],
    ['a private key', { keys: [{ ...first.publicJwk, d: 'AAAA' }] }],
    ['a shared secret', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
    ['a weak key beside a good one', { keys: [first.publicJwk, weak] }],
    ['a point off its curve', { keys: [{ ...first.publicJwk, y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }] }],
    ['one kid twice', { keys: [first, second].map(({ publicJwk }) => ({ ...publicJwk, kid: 'a' })) }],
    ['one key twice', setOf(first, first)],
    ['nine keys', setOf(...Array.from({ length: 9 }, () => generateKey()))],
  ])('are judged as at registration: %s is no set of keys, and evicts none (DCR-08)', async (_, content) => {
    const { world, held, refusal } = source(content);
    expect(await refusal()).toBe('content_unacceptable');
    const good = source();
    await good.held();
    good.world.content = content;
    good.world.seconds += limits.remoteKeysFreshSeconds;
    expect(await good.held()).toEqual([first.thumbprint]);
    world.content = setOf(first);
    world.seconds += 60;
    expect(await held()).toEqual([first.thumbprint]);
  });

  it('are held for a bounded number of addresses; those that never gave any push none out', async () => {
    const { world, fetched, held, refusal } = source();
    world.freshSeconds = limits.remoteKeysFreshMaxSeconds;
    await held();
    world.refusal = new FetchRefused('status_not_ok');
    for (let n = 0; n < limits.remoteKeySets + 1; n++) await refusal(`https://${n}.example/jwks`);
    const before = fetched.length;
    expect([await held(), fetched.length]).toEqual([[first.thumbprint], before]);
    world.refusal = undefined;
    world.seconds += 60;
    for (let n = 0; n < limits.remoteKeySets; n++) await held(`https://${n}.example/jwks`);
    const full = fetched.length;
    await held();
    expect(fetched.length).toBe(full + 1);
  });
});

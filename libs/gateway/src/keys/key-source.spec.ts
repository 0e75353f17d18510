import { describe, expect, it } from 'vitest';
import { newSigner, type Signer } from '../spec-kit/agent.js';
import { publicKeyOf } from '../spec-kit/world.js';
import { openKeySource } from './key-source.js';

const [first, second] = await Promise.all([newSigner(), newSigner()]);

const source = (...published: Signer[]) => {
  const world = { seconds: 0, fetched: 0, answer: (): Promise<unknown> => Promise.resolve({ keys: published.map(publicKeyOf) }) };
  const keys = openKeySource({
    monotonic: () => world.seconds,
    fetchKeys: () => {
      world.fetched += 1;
      return world.answer();
    },
  });
  return { world, keys, publish: (...now: Signer[]) => void (world.answer = () => Promise.resolve({ keys: now.map(publicKeyOf) })) };
};

describe('the issuer’s keys', () => {
  it('are fetched once for all who ask at the same time', async () => {
    const { world, keys } = source(first);
    const found = await Promise.all(Array.from({ length: 50 }, () => keys.seek(first.thumbprint)));
    expect(found.every((key) => key?.alg === 'ES256')).toBe(true);
    expect(world.fetched).toBe(1);
  });

  it('are asked for again by an unknown kid once in sixty seconds, whoever asks and however often (JOSE-07, S-027)', async () => {
    const { world, keys } = source(first);
    await keys.refresh();
    world.seconds += 59;
    for (let n = 0; n < 5_000; n += 1) expect(await keys.seek(`unknown-${n}`)).toBeUndefined();
    expect(world.fetched).toBe(1);
    world.seconds += 1;
    await Promise.all(Array.from({ length: 5_000 }, (_, n) => keys.seek(`unknown-${n}`)));
    expect(world.fetched).toBe(2);
  });

  it('go on verifying after a fetch that failed, which counts as the one of its minute', async () => {
    const { world, keys } = source(first);
    await keys.refresh();
    world.seconds += 60;
    world.answer = () => Promise.reject(new Error('away'));
    expect(await keys.seek('unknown')).toBeUndefined();
    expect(await keys.seek('unknown')).toBeUndefined();
    expect(world.fetched).toBe(2);
    expect(keys.find(first.thumbprint)).toBeDefined();
  });

  it.each([{ keys: [] }, {}, null, 'text', { keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] }])(
    'go on verifying after the answer %j',
    async (answer) => {
      const { world, keys } = source(first);
      await keys.refresh();
      world.answer = () => Promise.resolve(answer);
      await keys.refresh();
      expect(keys.find(first.thumbprint)).toBeDefined();
    },
  );

  it('rotate: a new key is found within the cooldown, a withdrawn one is gone', async () => {
    const { world, keys, publish } = source(first);
    await keys.refresh();
    publish(second);
    world.seconds += 60;
    expect(await keys.seek(second.thumbprint)).toBeDefined();
    expect(keys.find(first.thumbprint)).toBeUndefined();
  });

  it('that are no good are left out, and the others count', async () => {
    const { world, keys } = source();
    world.answer = () => Promise.resolve({ keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'weak' }, publicKeyOf(first)] });
    await keys.refresh();
    expect(keys.find('weak')).toBeUndefined();
    expect(keys.find(first.thumbprint)).toBeDefined();
  });
});

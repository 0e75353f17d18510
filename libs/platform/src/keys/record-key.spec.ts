import { type EventStore, StoreUnavailable } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import type { KeyEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { makeKey } from './make-key.js';
import { recordKey, streamOf } from './record-key.js';

const purpose = 'access-token';
const stream = streamOf(purpose);

const added = (): KeyEvent => {
  const { kid, alg, jwk } = makeKey('Ed25519');
  return { type: 'key.added', purpose, kid, alg, jwk, publishedAt: 1, by: 'another replica' };
};

/** A store in which somebody else is faster, so many times. */
function contested(times: number): EventStore {
  const store = openMemoryStore();
  let left = times;
  return {
    ...store,
    async append(wish) {
      if (left-- > 0) {
        const { length } = await store.read(stream);
        await store.append({ streams: [{ stream, expected: length, events: [added()] }] });
      }
      return await store.append(wish);
    },
  };
}

function addKey(store: EventStore): Promise<unknown> {
  const { kid, alg, jwk } = makeKey('Ed25519');
  return recordKey(store, purpose, () => ({ type: 'add-key', purpose, kid, alg, jwk, at: 1, by: 'this replica' }));
}

describe('a change of keys', () => {
  it('that loses a race is decided and recorded again', async () => {
    const store = contested(2);
    await addKey(store);
    expect((await store.read(stream)).map(({ event }) => (event as KeyEvent).by)).toEqual([
      'another replica',
      'another replica',
      'this replica',
    ]);
  });

  it('that finds its work done records nothing', async () => {
    const store = contested(0);
    await recordKey(store, purpose, () => undefined);
    expect(await store.read(stream)).toEqual([]);
  });

  it('that goes on losing gives up as something that is away', async () => {
    await expect(addKey(contested(100))).rejects.toThrow(StoreUnavailable);
  });

  it('that the decider refuses says why', async () => {
    const activate = { type: 'activate-key', purpose, kid: 'unheard-of', at: 1, minPublished: 0, by: 'system' } as const;
    await expect(recordKey(openMemoryStore(), purpose, () => activate)).rejects.toThrow('key_unknown');
  });
});

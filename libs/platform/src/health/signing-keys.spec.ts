import { StoreUnavailable } from '@chancery/eventstore';
import { describe, expect, it } from 'vitest';
import type { KeyPurpose } from '../keys/key-ring.js';
import { makeKey } from '../keys/make-key.js';
import { createHealth } from './health.js';
import { signingKeys } from './signing-keys.js';

const key = makeKey('Ed25519');
const ringOf = (...those: KeyPurpose[]) => ({
  active(purpose: KeyPurpose) {
    if (!those.includes(purpose)) throw new StoreUnavailable('no key');
    return key;
  },
});
const notReady = (...those: KeyPurpose[]) => createHealth([signingKeys(ringOf(...those), ['access-token', 'revocation'])]).notReady();

describe('a process without a key that signs', () => {
  it('is not ready, whichever one is missing, and says so', async () => {
    expect(await notReady('access-token', 'revocation')).toEqual([]);
    expect(await notReady('revocation')).toEqual(['signing key']);
    expect(await notReady('access-token')).toEqual(['signing key']);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { generateKey } from '../client/keys.js';
import { verifySignature } from '../jose/verify-signature.js';
import { refusalOf } from '../spec-kit/refused.js';
import { makeAssertion } from './make-assertion.js';
import { type AssertionClient, verifyClientAssertion } from './private-key-jwt.js';

// The real function, with its calls counted.
vi.mock('../jose/verify-signature.js', { spy: true });

const issuer = 'https://id.example';
const now = 1_795_429_800;
const presented = generateKey();
const assertion = makeAssertion({ clientId: 'ag_J', issuer, key: presented, now });
const registered = (jwk: object): AssertionClient => ({ clientId: 'ag_J', jwks: { keys: [jwk] } });

describe('the work of refusing a client assertion', () => {
  it.each([
    ['signed by another key under the registered name', registered({ ...generateKey().publicJwk, kid: presented.thumbprint })],
    ['of a client nobody knows', undefined],
    ['under a name no key has', registered(generateKey().publicJwk)],
    ['of a client with keys for another algorithm', registered(generateKey('Ed25519').publicJwk)],
    ['of a client that fixed another algorithm', { ...registered(presented.publicJwk), signingAlg: 'PS256' }],
    ['of a client without keys', { clientId: 'ag_J', jwks: { keys: [] } }],
  ])('is one verification when it is %s (CLA-03)', (_, client) => {
    vi.mocked(verifySignature).mockClear();
    expect(refusalOf(() => verifyClientAssertion({ assertion, client, issuer, now })).code).toBe('invalid_client');
    expect(verifySignature).toHaveBeenCalledTimes(1);
  });
});

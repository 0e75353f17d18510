import { generateKeyPairSync } from 'node:crypto';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import type { ServiceRequest } from '../http/request.js';
import type { PublicKey } from '../keys/key-ring.js';
import type { Caller } from '../service-auth/caller.js';
import { callerHeader } from '../service-auth/caller-header.js';
import { calledByGateway } from './operator.js';

const now = 1_790_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = { kid: 'k1', alg: 'Ed25519', privateKey } as const;
const published: PublicKey = { kid: 'k1', alg: 'Ed25519', key: publicKey, jwk: publicKey.export({ format: 'jwk' }) as PublicKey['jwk'] };
const outside = { requestId: 'rq_1', source: '192.0.2.7' };
const caller: Caller = {
  clientId: 'op_1',
  scope: ['chancery:audit'],
  grantId: 'gr_1',
  jti: 'tk_1',
  iat: now - 10,
  kid: 'k_1',
  profile: 'service',
};

/** What a request to the feed with this word is: who is behind it, or why it is refused. */
function ask(said: { caller?: Caller; outside?: typeof outside }): Caller | string | undefined {
  const word = callerHeader({ from: 'gateway', to: 'token', key, method: 'GET', path: '/revocations/feed', now, ...said });
  const request = { headers: { 'chancery-caller': word }, method: 'GET', url: '/revocations/feed?after=' } as unknown as ServiceRequest;
  try {
    return calledByGateway(request, {
      service: 'token',
      now: () => now,
      keys: (from, kid) => (from === 'gateway' && kid === 'k1' ? published : undefined),
    });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return `${error.status} ${error.refusal}`;
  }
}

describe('what is for gateways alone', () => {
  it('is there for a gateway that asks for itself', () => expect(ask({})).toBeUndefined());

  it('is there for an operator it forwards for', () => expect(ask({ caller, outside })).toEqual(caller));

  it('is shut to whoever came in by the public door, though the gateway vouches for the way', () =>
    expect(ask({ outside })).toBe('401 caller_missing'));
});

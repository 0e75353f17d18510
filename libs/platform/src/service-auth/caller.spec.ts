import { sign } from 'node:crypto';
import { importPublicJwk, OAuthError } from '@chancery/oauth';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { PublicKey, ServiceName, SigningKey } from '../keys/key-ring.js';
import { makeKey } from '../keys/make-key.js';
import type { Caller } from './caller.js';
import { callerHeader } from './caller-header.js';
import { verifyCaller, type VerifyCaller } from './verify-caller.js';

const now = 1_800_000_000;
const made = makeKey('Ed25519');
const key: SigningKey = made;
const publicKey: PublicKey = { kid: made.kid, alg: made.alg, key: importPublicJwk(made.jwk).key, jwk: made.jwk };
const caller: Caller = {
  clientId: 'ag_operator',
  scope: ['chancery:registry'],
  grantId: 'gr_1',
  jkt: 'k'.repeat(43),
  jti: 'tk_1',
  iat: now - 60,
  kid: 'k1',
  profile: 'service',
};

const header = callerHeader({ from: 'gateway', to: 'registration', key, method: 'POST', path: '/admin/v1/iats?x=1', caller, now });
const honest: VerifyCaller = {
  header,
  to: 'registration',
  method: 'POST',
  path: '/admin/v1/iats?y=2',
  keys: (service: ServiceName, kid: string) => (service === 'gateway' && kid === made.kid ? publicKey : undefined),
  now,
};

function refusal(changed: Partial<VerifyCaller>): OAuthError {
  try {
    verifyCaller({ ...honest, ...changed });
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** With changed members, and a signature that is right for them. */
function resigned(members: Record<string, unknown>, claims: Record<string, unknown>): string {
  const parts = [
    { typ: 'chancery-caller+jwt', alg: 'Ed25519', kid: made.kid, ...members },
    { ...claimsOf(), ...claims },
  ];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${sign(null, Buffer.from(input), made.privateKey).toString('base64url')}`;
}

const claimsOf = () => JSON.parse(Buffer.from(header.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('a service that calls another', () => {
  it('is believed under any spelling of the same claims that it signed', () => {
    expect(verifyCaller({ ...honest, header: resigned({}, {}) })).toEqual({ service: 'gateway', caller });
  });

  it('is believed, and so is on whose behalf', () => {
    expect(verifyCaller(honest)).toEqual({ service: 'gateway', caller });
  });

  it('may call on nobody’s behalf', () => {
    const own = callerHeader({ from: 'gateway', to: 'registration', key, method: 'POST', path: '/admin/v1/iats', now });
    expect(verifyCaller({ ...honest, header: own })).toEqual({ service: 'gateway' });
  });

  it('says which request of the outside it is, and where that came from', () => {
    const outside = { requestId: 'rq_1', source: '203.0.113.7' };
    const said = callerHeader({ from: 'gateway', to: 'registration', key, method: 'POST', path: '/admin/v1/iats', outside, now });
    expect(verifyCaller({ ...honest, header: said })).toEqual({ service: 'gateway', outside });
  });

  it('sends what an independent implementation verifies', async () => {
    const { payload } = await jwtVerify(header, made.jwk, {
      audience: 'registration',
      issuer: 'gateway',
      currentDate: new Date(now * 1_000),
    });
    expect(decodeProtectedHeader(header)).toEqual({ typ: 'chancery-caller+jwt', alg: 'Ed25519', kid: made.kid });
    expect(payload).toMatchObject({ htm: 'POST', htp: '/admin/v1/iats', iat: now, exp: now + 30, caller });
  });

  it.each<[string, () => Partial<VerifyCaller>]>([
    ['without the header', () => ({ header: undefined })],
    ['with two headers', () => ({ header: [header, header] })],
    ['to another service', () => ({ to: 'token' })],
    ['with another method', () => ({ method: 'DELETE' })],
    ['to another path', () => ({ path: '/admin/v1/agents' })],
    ['at the second it ends', () => ({ now: now + 30 })],
    ['long before its time', () => ({ now: now - 6 })],
    ['under a key nobody knows', () => ({ keys: () => undefined })],
    ['under another service’s key', () => ({ header: resigned({}, { iss: 'token' }) })],
    ['as a service there is none of', () => ({ header: resigned({}, { iss: 'console' }) })],
    ['for longer than 30 seconds', () => ({ header: resigned({}, { exp: now + 31 }) })],
    ['with a token of another kind', () => ({ header: resigned({ typ: 'at+jwt' }, {}) })],
    ['without naming its key', () => ({ header: resigned({ kid: undefined }, {}) })],
    ['with another algorithm’s name', () => ({ header: resigned({ alg: 'ES256' }, {}) })],
    ['with a claim we do not know', () => ({ header: resigned({}, { admin: true }) })],
    ['with a caller of another shape', () => ({ header: resigned({}, { caller: { clientId: 'ag_operator' } }) })],
    ['with an outside of another shape', () => ({ header: resigned({}, { outside: { requestId: 'rq_1', source: '', admin: true } }) })],
    ['without saying since when the caller may', () => ({ header: resigned({}, { caller: { ...caller, iat: undefined } }) })],
    ['without saying which key vouched for the caller', () => ({ header: resigned({}, { caller: { ...caller, kid: undefined } }) })],
    [
      'with a changed claim',
      () => ({
        header: header.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ ...claimsOf(), htm: 'POST ' })).toString('base64url')}.`),
      }),
    ],
    [
      'with a signature of somebody else',
      () => ({
        header: callerHeader({
          from: 'gateway',
          to: 'registration',
          key: { ...makeKey('Ed25519'), kid: made.kid },
          method: 'POST',
          path: '/admin/v1/iats',
          caller,
          now,
        }),
      }),
    ],
    ['with something that is no JWS', () => ({ header: 'x' })],
  ])('is refused %s', (_, changed) => {
    expect(refusal(changed())).toMatchObject({ code: 'invalid_token', status: 401 });
  });
});

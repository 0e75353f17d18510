import { createPublicKey } from 'node:crypto';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AccessTokenClaims, mintAccessToken, OAuthError, renderJson } from '@chancery/oauth';
import { generateKey } from '@chancery/oauth/client';
import type { Issuing, KeyPurpose, KeyRing, PublicKey } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { verifySubject } from './subject.js';

const issuer = 'https://id.example';
const now = 1_790_000_000;
const signer = generateKey();
const kid = signer.thumbprint;
const published: PublicKey = { kid, alg: 'ES256', key: createPublicKey(signer.privateKey), jwk: signer.publicJwk };
const proofKey = generateKey().thumbprint;
const ancestorKey = generateKey().thumbprint;

const claims: AccessTokenClaims = {
  iss: issuer,
  sub: 'ag_1',
  aud: `${issuer}/demo`,
  exp: now + 600,
  iat: now - 5,
  jti: 'tk_1',
  client_id: 'ag_1',
  scope: 'demo:read demo:write',
  sub_profile: 'ai_agent',
  cnf: { jkt: proofKey },
  grant_id: 'gr_1',
  iat_id: 'it_1',
  txn: 'tx_1',
};

const mint = (change: Partial<AccessTokenClaims> = {}, key = signer) =>
  mintAccessToken({ ...claims, ...change }, { kid, alg: 'ES256', privateKey: key.privateKey });

/** A ring that holds the key for one purpose. */
const keysFor = (purpose: KeyPurpose): KeyRing =>
  ({ find: (asked: KeyPurpose, wanted: string) => (asked === purpose && wanted === kid ? published : undefined) }) as unknown as KeyRing;

const verify = (token: string, purpose: KeyPurpose = 'access-token') => {
  const deps: Issuing = { store: openMemoryStore({ now: () => now * 1_000_000 }), keys: keysFor(purpose), issuer };
  return verifySubject(token, deps);
};

const refused = (work: () => unknown): OAuthError => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a subject token', () => {
  it('says what its signature vouches for', () => {
    expect(verify(mint()).token).toEqual({
      grantId: 'gr_1',
      jti: 'tk_1',
      txn: 'tx_1',
      clientId: 'ag_1',
      subject: 'ag_1',
      subjectProfile: 'ai_agent',
      scope: ['demo:read', 'demo:write'],
      audience: `${issuer}/demo`,
      expiresAt: now + 600,
      proofKey,
      iatId: 'it_1',
      kid,
      lineage: [],
      delegated: false,
    });
  });

  it.each<[string, Partial<AccessTokenClaims>]>([
    ['an actor', { act: { iss: issuer, sub: 'ag_2', sub_profile: 'ai_agent' } }],
    ['a user behind it', { sub: 'u_1', sub_profile: 'user' }],
  ])('with %s speaks for somebody else (ACT-06)', (_, change) => {
    expect(verify(mint(change)).token.delegated).toBe(true);
  });

  it('rests on everything of its own and of every ancestor, as of when it was issued (EXC-08, S-081)', () => {
    const lineage = [
      { grant: 'gr_2', agent: 'ag_2', key: ancestorKey, iat_id: 'it_2', kid: 'k2', sw: 'cal@1' },
      { grant: 'gr_3', agent: 'ag_3', kid: 'k3', src: 'https://other.example' },
    ];
    const since = claims.iat;
    const act = { iss: issuer, sub: 'ag_4', sub_profile: 'ai_agent' };
    const { notRevoked, token } = verify(mint({ lineage, sw: 'cal@2', sub: 'u_1', sub_profile: 'user', act }));
    expect(notRevoked).toEqual([
      { kind: 'grant', id: 'gr_1', since },
      { kind: 'agent', id: 'ag_1', since },
      { kind: 'instance', id: proofKey, since },
      { kind: 'instance', id: `ag_1.${proofKey}`, since },
      { kind: 'user', id: 'u_1', since },
      { kind: 'iat', id: 'it_1', since },
      { kind: 'software', id: 'cal@2', since },
      { kind: 'key', id: kid, since },
      { kind: 'grant', id: 'gr_2', since },
      { kind: 'agent', id: 'ag_2', since },
      { kind: 'instance', id: ancestorKey, since },
      { kind: 'instance', id: `ag_2.${ancestorKey}`, since },
      { kind: 'iat', id: 'it_2', since },
      { kind: 'key', id: 'k2', since },
      { kind: 'software', id: 'cal@1', since },
      { kind: 'grant', id: 'gr_3', since },
      { kind: 'agent', id: 'ag_3', since },
      { kind: 'key', id: 'k3', since },
      { kind: 'issuer', id: 'https://other.example', since },
      { kind: 'agent', id: 'ag_4', since },
    ]);
    expect([token.lineage, token.software]).toEqual([lineage, 'cal@2']);
  });
});

describe('a subject token that is not one of ours', () => {
  const cases: [string, () => unknown][] = [
    ['malformed', () => verify('a.b.c')],
    ['over', () => verify(mint({ exp: now }))],
    ['of another issuer under our kid (S-083)', () => verify(mint({ iss: 'https://other.example' }))],
    ['signed by somebody else under our kid (S-083)', () => verify(mint({}, generateKey()))],
    ['signed by our key of another purpose (JOSE-07)', () => verify(mint(), 'service-gateway')],
    ['unsigned', () => verify(`${mint().split('.').slice(0, 2).join('.')}.`)],
  ];

  it.each(cases)('is refused with one code and one body: %s (EXC-05, EXC-06)', (_, work) => {
    expect(() => verify(mint())).not.toThrow();
    expect(renderJson(refused(work))).toEqual(renderJson(new OAuthError('invalid_request', { refusal: 'any' })));
  });
});

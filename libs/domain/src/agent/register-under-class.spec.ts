import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { config } from '../config/config.decider.js';
import { type RegisterAgent, registering, type Registration } from './register.js';
import { type ClassDefined, writers as sample } from '../spec-kit/writers.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;
type Jwk = NonNullable<Registered['jwks']>[number];

const writers: ClassDefined = { ...sample, grantTypes: ['client_credentials'], authMethods: ['private_key_jwt'] };
const ec: Jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', alg: 'ES256' };
const ed: Jwk = { kty: 'OKP', crv: 'Ed25519', x: 'x', alg: 'Ed25519' };
/** A modulus of this many bits, none of them zero in front. */
const rsa = (bits: number): Jwk => ({ kty: 'RSA', n: Buffer.alloc(bits / 8, 0xff).toString('base64url'), e: 'AQAB', alg: 'PS256' });
const rsaOfOddSize: Jwk = { ...rsa(2_048), n: Buffer.concat([Buffer.of(0x01), Buffer.alloc(255, 0xff)]).toString('base64url') };

const under = (changed: Partial<ClassDefined>, command: Partial<RegisterAgent> = {}): RegisterAgent => ({
  type: 'register-agent',
  at: 1_000,
  agentId: 'ag_1',
  iat: { status: 'open', iatId: 'it_1', class: 'writers', uses: 3, expiresAt: 2_000, tokenHash: 'h'.repeat(43), mintedBy: 'op' },
  config: config.evolve(config.initial, { ...writers, ...changed }),
  slot: 1,
  ratHash: 'r'.repeat(43),
  asked: { authMethod: 'private_key_jwt', jwks: [ec] },
  ...command,
});
const registered = (command: RegisterAgent): Registered => {
  const decision: Registration = registering.decide(command, registering.initial);
  if (!decision.ok) throw new Error(decision.refusal);
  return decision.events[0];
};

describe('what a class gives an agent that names no scope', () => {
  const ask = (scope?: string[]) => ({ asked: { authMethod: 'private_key_jwt' as const, jwks: [ec], ...(scope && { scope }) } });

  it('is its default, and all it allows where it has none (DCR-11, S-002)', () => {
    expect(registered(under({ defaultScope: ['notes:read'] }, ask())).scope).toEqual(['notes:read']);
    expect(registered(under({}, ask())).scope).toEqual(['notes:read', 'notes:write']);
  });

  it('is no ceiling: who asks gets what is allowed', () => {
    expect(registered(under({ defaultScope: ['notes:read'] }, ask(['notes:write']))).scope).toEqual(['notes:write']);
  });

  it('is cut to what its initial access token opens', () => {
    const narrow = (scope: string[]) => under({ defaultScope: ['notes:read'] }, { iat: { ...under({}).iat, scope } as never });
    expect(registered(narrow(['notes:read', 'notes:write'])).scope).toEqual(['notes:read']);
    given(registering)
      .when(narrow(['notes:write']))
      .thenRefused('scope_not_allowed');
  });
});

describe('the keys a class takes', () => {
  const holding = (...jwks: Jwk[]) => ({ asked: { authMethod: 'private_key_jwt' as const, jwks } });

  it('are of every algorithm and size that is verified here, where it says nothing', () => {
    expect(registered(under({}, holding(ec, ed, rsa(2_048)))).jwks).toHaveLength(3);
  });

  it.each([
    ['another algorithm', { keyAlgorithms: ['ES256'] }, [ed]],
    ['another one among them', { keyAlgorithms: ['ES256', 'PS256'] }, [ec, ed]],
    ['an RSA key where none is taken', { keyAlgorithms: ['ES256', 'Ed25519'] }, [rsa(4_096)]],
    ['too short an RSA key', { minRsaBits: 3_072 }, [rsa(2_048)]],
    ['one a byte too short', { minRsaBits: 3_072 }, [rsa(3_064)]],
    ['one a bit too short for what is least anywhere', {}, [rsaOfOddSize]],
  ] as [string, Partial<ClassDefined>, Jwk[]][])('are not %s', (_what, changed, jwks) => {
    given(registering)
      .when(under(changed, holding(...jwks)))
      .thenRefused('key_not_allowed');
  });

  it('are as long as it asks, to the bit', () => {
    expect(registered(under({ minRsaBits: 3_072 }, holding(rsa(3_072), ec))).jwks).toHaveLength(2);
  });
});

describe('keys that come later, from an address', () => {
  const from = (signingAlg?: string): Partial<RegisterAgent> => ({
    asked: { authMethod: 'private_key_jwt', jwksUri: 'https://keys.example/jwks', ...(signingAlg !== undefined && { signingAlg }) },
  });

  it.each([
    ['of a class that asks nothing of keys', {}, undefined],
    ['of the one algorithm it takes', { keyAlgorithms: ['ES256'] }, 'ES256'],
    ['of one it takes under its older name', { keyAlgorithms: ['Ed25519'] }, 'EdDSA'],
    ['whose algorithm has no large keys', { minRsaBits: 3_072 }, 'ES256'],
    ['where the least that all have is enough', { minRsaBits: 2_048 }, undefined],
  ] as [string, Partial<ClassDefined>, string | undefined][])('may be those %s', (_what, changed, alg) => {
    expect(registered(under(changed, from(alg))).jwksUri).toBe('https://keys.example/jwks');
  });

  it.each([
    ['of any algorithm, where not all are taken', { keyAlgorithms: ['ES256'] }, undefined],
    ['of an algorithm that is not taken', { keyAlgorithms: ['ES256'] }, 'PS256'],
    ['of any size, where that is not enough', { minRsaBits: 3_072 }, undefined],
    ['of RSA, whose size nobody promised', { minRsaBits: 3_072 }, 'PS256'],
  ] as [string, Partial<ClassDefined>, string | undefined][])('are not those %s', (_what, changed, alg) => {
    given(registering)
      .when(under(changed, from(alg)))
      .thenRefused('key_not_allowed');
  });
});

describe('a class that makes its agents wait', () => {
  it('has it recorded with the registration', () => {
    expect(registered(under({ approvalRequired: true }))).toMatchObject({ awaitsApproval: true });
    expect(registered(under({ approvalRequired: false }))).not.toHaveProperty('awaitsApproval');
  });
});

describe('the grace of a class', () => {
  it('is recorded as it is now: a class that changes its mind revives nobody', () => {
    expect(registered(under({ grace: 600 }))).toMatchObject({ leaseEndsAt: 87_400, graceEndsAt: 88_000 });
    expect(registered(under({}))).not.toHaveProperty('graceEndsAt');
  });
});

describe('the quota of a class', () => {
  const full = (changed: Partial<ClassDefined>, numbers: Partial<RegisterAgent>) => under(changed, numbers);
  const admission = (number: number, uncounted = 0, departed = 0) => ({ admission: { number, uncounted, departed } });

  it('counts those who live: who came, before and since it counts, less who left (DCR-17)', () => {
    expect(registered(full({ maxAgents: 5 }, admission(5))).admission).toBe(5);
    expect(registered(full({ maxAgents: 5 }, admission(8, 2, 5))).admission).toBe(8);
    for (const numbers of [admission(6), admission(4, 2), admission(9, 2, 5)])
      given(registering)
        .when(full({ maxAgents: 5 }, numbers))
        .thenRefused('class_full');
  });

  it('refuses who is not counted, rather than not to count', () => {
    given(registering)
      .when(full({ maxAgents: 5 }, {}))
      .thenRefused('class_full');
    given(registering)
      .when(full({ registrationsPerHour: 5 }, {}))
      .thenRefused('registrations_too_many');
  });

  it('of an hour is as many as it says', () => {
    expect(registered(full({ registrationsPerHour: 2 }, { ofHour: 2 })).class).toBe('writers');
    given(registering)
      .when(full({ registrationsPerHour: 2 }, { ofHour: 3 }))
      .thenRefused('registrations_too_many');
  });

  it('is told after everything the agent could mend', () => {
    const wrong = { asked: { authMethod: 'private_key_jwt' as const, jwks: [ec], scope: ['x'] }, ...admission(6), ofHour: 3 };
    given(registering)
      .when(full({ maxAgents: 5, registrationsPerHour: 2 }, wrong))
      .thenRefused('scope_not_allowed');
  });
});

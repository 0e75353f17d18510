import { describe, expect, it } from 'vitest';
import { config } from '../config/config.decider.js';
import type { KnownAgent } from './agent.decider.js';
import { rightsOf, standing } from './rights.js';
import { type ClassDefined, writers as sample } from '../spec-kit/writers.js';

const agent: KnownAgent = {
  status: 'active',
  agentId: 'ag_1',
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example', 'https://mail.example'],
  jwks: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', alg: 'ES256' }],
  dpopBound: false,
  leaseEndsAt: 2_000,
};
const writers: ClassDefined = {
  ...sample,
  audiences: ['https://notes.example', 'https://mail.example'],
  authMethods: ['private_key_jwt'],
  dpopRequired: false,
  accessTokenLifetime: 300,
};
const under = (changed: Partial<typeof writers>) => rightsOf(agent, config.evolve(config.initial, { ...writers, ...changed }));

describe('how an agent stands', () => {
  it('is well until its lease ends, and not in that second', () => {
    expect(standing(agent, 1_999)).toBeUndefined();
    expect(standing(agent, 1_999.999)).toBeUndefined();
    expect(standing(agent, 2_000)).toBe('lease_expired');
  });

  it('is well for ever without a lease', () => {
    const { leaseEndsAt: _end, ...operator } = agent;
    expect(standing(operator, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  it('is not well while it waits, nor once it left its class, however long its lease', () => {
    expect(standing({ ...agent, status: 'pending' }, 1_000)).toBe('agent_pending');
    expect(standing({ ...agent, departed: true }, 1_000)).toBe('lease_expired');
    expect(standing({ ...agent, status: 'revoked', departed: true }, 1_000)).toBe('agent_revoked');
  });

  it('says the end before the suspension before the lease', () => {
    expect(standing({ status: 'unknown' }, 2_000)).toBe('agent_unknown');
    expect(standing({ ...agent, status: 'revoked' }, 2_000)).toBe('agent_revoked');
    expect(standing({ ...agent, status: 'deleted' }, 2_000)).toBe('agent_deleted');
    expect(standing({ ...agent, status: 'suspended' }, 2_000)).toBe('agent_suspended');
  });
});

describe('what an agent may have', () => {
  const registered = {
    scope: ['notes:read', 'notes:write'],
    audiences: ['https://notes.example', 'https://mail.example'],
    grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    authMethodAllowed: true,
    keysAllowed: true,
    dpopRequired: false,
  };

  it('is what it registered, while its class says the same', () => {
    expect(under({})).toEqual({ ...registered, accessTokenLifetime: 300 });
  });

  it.each([
    ['scope', { scope: ['notes:write'] }, { scope: ['notes:write'] }],
    ['audiences', { audiences: ['https://mail.example'] }, { audiences: ['https://mail.example'] }],
    ['grant types', { grantTypes: ['client_credentials'] }, { grantTypes: ['client_credentials'] }],
    ['authentication methods', { authMethods: ['client_secret_basic'] }, { authMethodAllowed: false }],
    ['key algorithms', { keyAlgorithms: ['PS256'] }, { keysAllowed: false }],
    ['sizes of keys', { minRsaBits: 3_072 }, {}],
    ['proofs', { dpopRequired: true }, { dpopRequired: true }],
    ['token lifetime', { accessTokenLifetime: 900 }, { accessTokenLifetime: 900 }],
  ] as [string, Partial<typeof writers>, object][])('follows its class in %s', (_what, changed, expected) => {
    expect(under(changed)).toEqual({ ...registered, accessTokenLifetime: 300, ...expected });
  });

  it('is nothing more by a key that its class gave up, whatever others it holds', () => {
    const two = { ...agent, jwks: [...(agent.jwks ?? []), { kty: 'OKP', crv: 'Ed25519', x: 'x' }] };
    const rights = (changed: Partial<typeof writers>) => rightsOf(two, config.evolve(config.initial, { ...writers, ...changed }));
    expect(rights({}).keysAllowed).toBe(true);
    expect(rights({ keyAlgorithms: ['ES256'] }).keysAllowed).toBe(false);
  });

  it('is nothing more by keys from an address, of which its class cannot know that they are those it takes', () => {
    const { jwks: _jwks, ...keyless } = agent;
    const remote = { ...keyless, jwksUri: 'https://keys.example/jwks' };
    const takes = (of: typeof remote & { signingAlg?: string }, changed: Partial<typeof writers>) =>
      rightsOf(of, config.evolve(config.initial, { ...writers, ...changed })).keysAllowed;
    expect([takes(remote, {}), takes(remote, { keyAlgorithms: ['ES256'] })]).toEqual([true, false]);
    expect(takes({ ...remote, signingAlg: 'ES256' }, { keyAlgorithms: ['ES256'], minRsaBits: 3_072 })).toBe(true);
  });

  it('stays what it is when its class is full, counts or makes others wait', () => {
    expect(under({ maxAgents: 1, registrationsPerHour: 1, approvalRequired: true, defaultScope: ['notes:read'] })).toEqual({
      ...registered,
      accessTokenLifetime: 300,
    });
  });

  it('does not grow when its class is widened: what it was told is what it has (DCR-11)', () => {
    const wider = under({
      scope: ['notes:read', 'notes:write', 'admin'],
      audiences: ['https://notes.example', 'https://mail.example', 'https://admin.example'],
    });
    expect(wider).toEqual({ ...registered, accessTokenLifetime: 300 });
  });

  it('keeps its own promise to prove a key when its class stops asking', () => {
    const bound = rightsOf({ ...agent, dpopBound: true }, config.evolve(config.initial, writers));
    expect(bound.dpopRequired).toBe(true);
  });

  it('is nothing when its class is gone', () => {
    expect(rightsOf(agent, config.initial)).toEqual({
      scope: [],
      audiences: [],
      grantTypes: [],
      authMethodAllowed: false,
      keysAllowed: false,
      dpopRequired: true,
      accessTokenLifetime: 600,
    });
  });

  it('is nothing under a class called like what every object inherits', () => {
    expect(rightsOf({ ...agent, class: 'constructor' }, config.initial).scope).toEqual([]);
  });

  it('is what was registered when there is no class: operators, ten minutes a token', () => {
    const { class: _class, ...operator } = agent;
    expect(rightsOf(operator, config.initial)).toEqual({ ...registered, accessTokenLifetime: 600 });
  });
});

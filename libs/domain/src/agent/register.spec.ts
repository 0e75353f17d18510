import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, it } from 'vitest';
import { config } from '../config/config.decider.js';
import type { IatState } from '../iat/iat.decider.js';
import { type RegisterAgent, registering } from './register.js';
import { classNow } from '../spec-kit/writers.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

const open: Exclude<IatState, { status: 'unknown' }> = {
  status: 'open',
  iatId: 'it_1',
  class: 'writers',
  uses: 3,
  expiresAt: 2_000,
  tokenHash: 'h'.repeat(43),
  mintedBy: 'op',
};
const jwks: NonNullable<Registered['jwks']> = [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }];

/** The least an agent can ask: the class says the rest. */
const ask: RegisterAgent = {
  type: 'register-agent',
  at: 1_000,
  agentId: 'ag_1',
  iat: open,
  config: classNow(),
  slot: 1,
  ratHash: 'r'.repeat(43),
  asked: { authMethod: 'private_key_jwt', jwks },
};
const asking = (asked: Partial<RegisterAgent['asked']>): RegisterAgent => ({ ...ask, asked: { ...ask.asked, ...asked } });
const registered: Registered = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  slot: 1,
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks,
  grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  ratHash: 'r'.repeat(43),
  leaseEndsAt: 87_400,
  registeredAt: 1_000,
  by: 'it_1',
};

describe('registering an agent', () => {
  it('gives what the class says where nothing was asked', () => {
    given(registering).when(ask).then(registered);
  });

  it('records the part of the asked scope that the class allows (DCR-11)', () => {
    given(registering)
      .when(asking({ scope: ['admin', 'notes:read'] }))
      .then({ ...registered, scope: ['notes:read'] });
  });

  it('takes less than the class offers when less is asked', () => {
    given(registering)
      .when(asking({ name: 'Summariser', grantTypes: ['client_credentials'], profile: 'ai_agent', dpopBound: true }))
      .then({ ...registered, name: 'Summariser', grantTypes: ['client_credentials'] });
  });

  it('gives no more than the class granted at minting, however it was widened since', () => {
    const iat = { ...open, scope: ['notes:read'], audiences: ['https://notes.example'] };
    const wider = classNow({ audiences: ['https://id.example/admin', 'https://notes.example'] });
    given(registering)
      .when({ ...ask, iat, config: wider })
      .then({ ...registered, scope: ['notes:read'] });
    given(registering)
      .when({ ...asking({ scope: ['notes:write', 'notes:read'] }), iat, config: wider })
      .then({ ...registered, scope: ['notes:read'] });
  });

  it('gives no more than the class grants now, however wide it was at minting', () => {
    const iat = { ...open, scope: ['admin', 'notes:read', 'notes:write'], audiences: ['https://mail.example', 'https://notes.example'] };
    given(registering)
      .when({ ...ask, iat })
      .then(registered);
  });

  it('keeps where its keys are instead of keys, and the algorithm it fixed', () => {
    const { jwks: _jwks, ...elsewhere } = registered;
    const keys = { jwksUri: 'https://agent.example/jwks', signingAlg: 'ES256' };
    given(registering)
      .when({ ...ask, asked: { authMethod: 'private_key_jwt', ...keys } })
      .then({ ...elsewhere, ...keys });
  });

  it('keeps the hash of a secret, and needs no keys for it', () => {
    const { jwks: _jwks, ...withoutKeys } = registered;
    given(registering)
      .when({ ...ask, asked: { authMethod: 'client_secret_basic', secretHash: 's'.repeat(43) } })
      .then({ ...withoutKeys, authMethod: 'client_secret_basic', secretHash: 's'.repeat(43) });
  });

  it('binds to a key although the class would not demand it', () => {
    given(registering)
      .when({ ...asking({ dpopBound: true }), config: classNow({ dpopRequired: false }) })
      .then(registered);
  });

  it('leaves tokens unbound only where the class allows it', () => {
    given(registering)
      .when({ ...asking({ dpopBound: false }), config: classNow({ dpopRequired: false }) })
      .then({ ...registered, dpopBound: false });
    given(registering)
      .when({ ...ask, config: classNow({ dpopRequired: false }) })
      .then({ ...registered, dpopBound: false });
  });

  it('takes the last use', () => {
    given(registering)
      .when({ ...ask, slot: 3 })
      .then({ ...registered, slot: 3 });
  });
});

describe('a registration is refused', () => {
  it('under an initial access token that never was', () => {
    given(registering)
      .when({ ...ask, iat: { status: 'unknown' } })
      .thenRefused('iat_unknown');
  });

  it('under one that was revoked or closed', () => {
    given(registering)
      .when({ ...ask, iat: { ...open, status: 'revoked' } })
      .thenRefused('iat_revoked');
    given(registering)
      .when({ ...ask, iat: { ...open, status: 'closed' } })
      .thenRefused('iat_closed');
  });

  it('in the second the initial access token ends, and not before', () => {
    given(registering)
      .when({ ...ask, at: 1_999 })
      .then({ ...registered, leaseEndsAt: 88_399, registeredAt: 1_999 });
    given(registering)
      .when({ ...ask, at: 2_000 })
      .thenRefused('iat_expired');
  });

  it('when all uses are taken', () => {
    given(registering)
      .when({ ...ask, slot: 4 })
      .thenRefused('iat_exhausted');
  });

  it('when the class is gone, also one called like what every object inherits', () => {
    given(registering)
      .when({ ...ask, config: config.initial })
      .thenRefused('class_unknown');
    given(registering)
      .when({ ...ask, iat: { ...open, class: 'constructor' } })
      .thenRefused('class_unknown');
  });

  it('when the identifier is taken', () => {
    given(registering, registered).when(ask).thenRefused('agent_exists');
  });

  it('with an authentication method that the class does not allow', () => {
    given(registering)
      .when({ ...ask, config: classNow({ authMethods: ['client_secret_basic'] }) })
      .thenRefused('auth_method_not_allowed');
  });

  it('with private_key_jwt and no key', () => {
    given(registering)
      .when({ ...ask, asked: { authMethod: 'private_key_jwt' } })
      .thenRefused('keys_missing');
    given(registering)
      .when(asking({ jwks: [] }))
      .thenRefused('keys_missing');
  });

  it('with keys in two places: nobody could say which of them are its own (DCR-08)', () => {
    given(registering)
      .when(asking({ jwksUri: 'https://agent.example/jwks' }))
      .thenRefused('keys_in_two_places');
  });

  it('with a grant type too many, or none at all', () => {
    given(registering)
      .when(asking({ grantTypes: ['client_credentials', 'authorization_code'] }))
      .thenRefused('grant_not_allowed');
    given(registering)
      .when(asking({ grantTypes: [] }))
      .thenRefused('grant_not_allowed');
  });

  it('when it would have unbound tokens and the class demands a proof', () => {
    given(registering)
      .when(asking({ dpopBound: false }))
      .thenRefused('binding_required');
  });

  it('under another profile than the class gives', () => {
    given(registering)
      .when(asking({ profile: 'service' }))
      .thenRefused('profile_not_allowed');
  });

  it('when nothing of the asked scope is allowed: nothing is never everything', () => {
    given(registering)
      .when(asking({ scope: ['admin'] }))
      .thenRefused('scope_not_allowed');
    given(registering)
      .when(asking({ scope: [] }))
      .thenRefused('scope_not_allowed');
  });

  it('when its class grants something else by now', () => {
    given(registering)
      .when({ ...ask, iat: { ...open, scope: ['admin'] } })
      .thenRefused('scope_not_allowed');
    given(registering)
      .when({ ...ask, iat: { ...open, audiences: ['https://mail.example'] } })
      .thenRefused('audience_not_allowed');
  });

  it('for the reason that has to be mended first', () => {
    const wrong: RegisterAgent = {
      ...ask,
      at: 2_000,
      iat: { status: 'unknown' },
      config: config.initial,
      slot: 4,
      asked: { authMethod: 'private_key_jwt', grantTypes: [], dpopBound: false, profile: 'service', scope: [] },
    };
    const mended: [refusal: string, mend: Partial<RegisterAgent>][] = [
      ['iat_unknown', { iat: { ...open, status: 'revoked' } }],
      ['iat_revoked', { iat: { ...open, status: 'closed' } }],
      ['iat_closed', { iat: open }],
      ['iat_expired', { at: 1_000 }],
      ['iat_exhausted', { slot: 1 }],
      ['class_unknown', { config: classNow({ authMethods: ['client_secret_basic'] }) }],
      ['auth_method_not_allowed', { config: classNow() }],
      ['keys_missing', { asked: { ...wrong.asked, jwks, jwksUri: 'https://agent.example/jwks' } }],
      ['keys_in_two_places', { asked: { ...wrong.asked, jwks } }],
      ['grant_not_allowed', { asked: { authMethod: 'private_key_jwt', jwks, dpopBound: false, profile: 'service', scope: [] } }],
      ['binding_required', { asked: { authMethod: 'private_key_jwt', jwks, profile: 'service', scope: [] } }],
      ['profile_not_allowed', { asked: { authMethod: 'private_key_jwt', jwks, scope: [] } }],
      ['scope_not_allowed', { asked: ask.asked }],
    ];
    let command = wrong;
    for (const [refusal, mend] of mended) {
      given(registering).when(command).thenRefused(refusal);
      command = { ...command, ...mend };
    }
    given(registering).when(command).then(registered);
  });

  it('for a taken identifier before anything that was asked is judged', () => {
    given(registering, registered)
      .when({ ...ask, asked: { authMethod: 'private_key_jwt' } })
      .thenRefused('agent_exists');
  });
});

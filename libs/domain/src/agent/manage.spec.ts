import { given } from '@chancery/testing';
import type { AgentEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { config } from '../config/config.decider.js';
import {
  confirmed,
  deleted,
  end,
  firstSecret,
  fold,
  iat,
  nextSecret,
  read,
  registered,
  renewed,
  replace,
  replaced,
  rotate,
  rotated,
  suspended,
  withGrace,
  withSecret,
} from '../spec-kit/managed.js';
import { classNow } from '../spec-kit/writers.js';
import { managing } from './manage.js';

type Command = Parameters<typeof managing.decide>[0];

describe('replacing a registration', () => {
  it('is all of it: what is left out is gone or what the class says, and the lease begins anew (MGT-03, IAT-08)', () => {
    given(managing, registered).when(replace).then(replaced, renewed);
  });

  it('gives the part of the asked scope that the class allows now, and no more than the IAT opened (DCR-11, S-003)', () => {
    const asked = { ...replace.asked, scope: ['admin', 'notes:write', 'notes:read'] };
    given(managing, registered)
      .when({ ...replace, asked, config: classNow({ scope: ['admin', 'notes:write'] }) })
      .then({ ...replaced, scope: ['admin', 'notes:write'] }, renewed);
    given(managing, registered)
      .when({ ...replace, asked, config: classNow({ scope: ['admin', 'notes:write'] }), iat: { ...iat, scope: ['notes:write'] } })
      .then({ ...replaced, scope: ['notes:write'] }, renewed);
  });

  it('names the keys that left, each with its end (MGT-08, S-010)', () => {
    const removed = ['K1', 'K2'].map((thumbprint) => ({ type: 'agent.key-removed' as const, agentId: 'ag_1', thumbprint, by: 'ag_1' }));
    const events = [replaced, renewed, ...removed];
    given(managing, registered)
      .when({ ...replace, keysRemoved: ['K1', 'K2'] })
      .then(...events);
  });

  it('takes nothing of a lease away that was given when the class gave longer ones', () => {
    given(managing, registered)
      .when({ ...replace, config: classNow({ lease: 60 }) })
      .then(replaced);
    given(managing, registered)
      .when({ ...replace, at: 1_000 })
      .then(replaced);
  });

  it('keeps the secret it has, makes one where it has none, and drops it with its method', () => {
    const { jwks: _none, ...bare } = replaced;
    const asked = { authMethod: 'client_secret_basic' as const };
    given(managing, withSecret)
      .when({ ...replace, asked })
      .then({ ...bare, authMethod: 'client_secret_basic', secretHash: firstSecret }, renewed);
    given(managing, registered)
      .when({ ...replace, asked })
      .then({ ...bare, authMethod: 'client_secret_basic', secretHash: nextSecret }, renewed);
    given(managing, withSecret).when(replace).then(replaced, renewed);
  });

  it.each<[refusal: string, change: Partial<typeof replace> | { asked: object }]>([
    ['class_unknown', { config: config.initial }],
    ['auth_method_not_allowed', { config: classNow({ authMethods: ['client_secret_basic'] }) }],
    ['keys_missing', { asked: { authMethod: 'private_key_jwt' } }],
    ['grant_not_allowed', { asked: { ...replace.asked, grantTypes: ['password'] } }],
    ['binding_required', { asked: { ...replace.asked, dpopBound: false } }],
    ['profile_not_allowed', { asked: { ...replace.asked, profile: 'service' } }],
    ['scope_not_allowed', { asked: { ...replace.asked, scope: ['admin'] } }],
    ['audience_not_allowed', { iat: { ...iat, audiences: ['https://mail.example'] } }],
  ])('is judged as a registration is, whatever was registered before: %s (MGT-05, S-003)', (refusal, change) => {
    given(managing, registered)
      .when({ ...replace, ...change } as Command)
      .thenRefused(refusal);
  });

  it('is not for whoever is suspended, however good it would be (MGT-05)', () => {
    given(managing, registered, suspended).when(replace).thenRefused('agent_suspended');
  });
});

describe('a lease', () => {
  it('can be renewed until the end of its grace, which is its own end unless the class says more (IAT-08)', () => {
    given(managing, registered)
      .when({ ...replace, at: 87_399 })
      .then(replaced, { ...renewed, leaseEndsAt: 173_799 });
    given(managing, registered)
      .when({ ...replace, at: 87_400 })
      .thenRefused('grace_over');
    given(managing, { ...registered, graceEndsAt: 87_500 })
      .when({ ...replace, at: 87_499, config: withGrace(100) })
      .then(replaced, { ...renewed, leaseEndsAt: 173_899, graceEndsAt: 173_999 });
    given(managing, { ...registered, graceEndsAt: 87_500 })
      .when({ ...replace, at: 87_500, config: withGrace(100) })
      .thenRefused('grace_over');
  });

  it('has the grace that was there when it began, whatever its class says since', () => {
    given(managing, registered)
      .when({ ...replace, at: 87_400, config: withGrace(100) })
      .thenRefused('grace_over');
    given(managing, { ...registered, graceEndsAt: 87_500 })
      .when({ ...replace, at: 87_499 })
      .then(replaced, { ...renewed, leaseEndsAt: 173_899 });
    given(managing, { ...registered, graceEndsAt: 87_500 }, { ...renewed, leaseEndsAt: 90_000 })
      .when({ ...read, at: 90_000 })
      .thenRefused('grace_over');
  });

  it('is not renewed by who has made room for another, nor read', () => {
    const departed = { type: 'agent.departed', agentId: 'ag_1', class: 'c', departure: 1, by: 'system' } as const;
    for (const command of [replace, read])
      given(managing, registered, departed)
        .when({ ...command, at: 1_001 })
        .thenRefused('grace_over');
  });

  it.each([read, end, rotate])('whose grace is over leaves nothing to $type, although no reaper came by', (command) => {
    given(managing, withSecret)
      .when({ ...command, at: 87_400 })
      .thenRefused('grace_over');
  });

  it('that is over gets no new secret before it is renewed', () => {
    given(managing, { ...withSecret, graceEndsAt: 87_500 })
      .when({ ...rotate, at: 87_400 })
      .thenRefused('lease_expired');
    given(managing, withSecret)
      .when({ ...rotate, at: 87_399 })
      .then(rotated);
  });
});

describe('an agent that waits for approval', () => {
  const pending = { ...registered, awaitsApproval: true } as const;

  it('changes nothing of what an operator is looking at, and may read it or give up', () => {
    for (const command of [replace, rotate]) given(managing, pending).when(command).thenRefused('agent_pending');
    given(managing, pending).when(read).thenNothing();
    given(managing, pending).when(end).then(deleted);
  });

  const approved = [pending, { type: 'agent.approved', agentId: 'ag_1', reason: 'seen', by: 'op' }] as const;
  const approving = classNow({ approvalRequired: true });
  const same = { ...replace.asked, name: 'Summariser', scope: ['notes:read'], grantTypes: ['client_credentials'] };
  const { jwks } = replace.asked;
  const stayed = { ...replaced, name: 'Summariser', scope: ['notes:read'], grantTypes: ['client_credentials' as const] };

  it('renews what was approved, and becomes less, without asking again', () => {
    given(managing, ...approved)
      .when({ ...replace, asked: same, config: approving })
      .then(stayed, renewed);
    given(managing, ...approved)
      .when({
        ...replace,
        asked: { ...same, jwks: [{ y: 'y', x: 'x', crv: 'P-256', kty: 'EC', kid: 'other' }] },
        config: approving,
      })
      .then({ ...stayed, jwks: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'other' }] }, renewed);
  });

  it.each([
    ['more scope', { scope: ['notes:read', 'notes:write'] }],
    ['another grant', { grantTypes: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'] }],
    ['a key nobody saw', { jwks: [...jwks, { kty: 'EC', crv: 'P-256', x: 'x2', y: 'y2' }] }],
    ['another name', { name: 'Treasurer' }],
    ['an algorithm of its own', { signingAlg: 'ES256' }],
  ] as const)('waits again with %s, and no longer where its class asks for no approval (S-003)', (_what, change) => {
    const command = { ...replace, asked: { ...same, ...change } } as typeof replace;
    const [waits] = expectEvents(managing.decide({ ...command, config: approving }, fold(...approved)));
    expect(waits).toMatchObject({ type: 'agent.registration-replaced', awaitsApproval: true });
    expect(fold(...approved, waits as AgentEvent)).toMatchObject({ status: 'pending' });
    const [goesOn] = expectEvents(managing.decide(command, fold(...approved)));
    expect(goesOn).not.toHaveProperty('awaitsApproval');
    expect(fold(...approved, goesOn as AgentEvent)).toMatchObject({ status: 'active' });
  });

  it('waits again with keys from elsewhere, with a weaker binding, and for another audience', () => {
    const { jwks: _jwks, ...keyless } = same;
    const wide = classNow({ approvalRequired: true, dpopRequired: false, audiences: ['https://notes.example', 'https://more.example'] });
    for (const asked of [{ ...keyless, jwksUri: 'https://agent.example/jwks' }, { ...same, dpopBound: false }, same])
      expect(expectEvents(managing.decide({ ...replace, asked, config: wide }, fold(...approved)))[0]).toMatchObject({
        awaitsApproval: true,
      });
  });
});

describe('changes of a registration', () => {
  const changeAt = (at: number): AgentEvent => ({ ...replaced, previousRatEndsAt: at + 60 });
  const often = [changeAt(2_000), changeAt(2_010), { ...rotated, previousRatEndsAt: 2_090 }] as const;

  it('are so many in a minute, whether the new token was used meanwhile or not', () => {
    for (const command of [replace, rotate])
      given(managing, withSecret, ...often, confirmed)
        .when({ ...command, at: 2_059, previousRatEndsAt: 2_119 })
        .thenRefused('changes_too_many');
    given(managing, registered, ...often)
      .when({ ...read, at: 2_059 })
      .then(confirmed);
  });

  it('may go on with the next minute, which is counted from its own first one', () => {
    given(managing, registered, ...often)
      .when({ ...replace, at: 2_060, previousRatEndsAt: 2_120 })
      .then({ ...replaced, previousRatEndsAt: 2_120 }, { ...renewed, leaseEndsAt: 88_460 });
    given(managing, registered, ...often, changeAt(2_060), changeAt(2_061), changeAt(2_062))
      .when({ ...replace, at: 2_063, previousRatEndsAt: 2_123 })
      .thenRefused('changes_too_many');
  });
});

function expectEvents(decision: ReturnType<typeof managing.decide>): readonly AgentEvent[] {
  expect(decision.ok).toBe(true);
  return decision.ok ? decision.events : [];
}

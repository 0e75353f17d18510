import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import {
  confirmed,
  deleted,
  end,
  firstRat,
  firstSecret,
  fold,
  iat,
  lastRat,
  nextRat,
  nextSecret,
  read,
  registered,
  renewed,
  replace,
  replaced,
  revoked,
  rotate,
  rotated,
  suspended,
  withSecret,
} from '../spec-kit/managed.js';
import { classNow } from '../spec-kit/writers.js';
import { managing } from './manage.js';

type Command = Parameters<typeof managing.decide>[0];

describe('rotating a secret', () => {
  it('makes a new one, beside which the old one works for a while (MGT-07)', () => {
    given(managing, withSecret).when(rotate).then(rotated);
    expect(fold(withSecret, rotated)).toMatchObject({
      secretHash: nextSecret,
      previousSecret: { hash: firstSecret, endsAt: 5_600 },
      ratHash: nextRat,
      previousRat: { hash: firstRat, endsAt: 2_060 },
    });
  });

  it('keeps two at most: the one before the last is dead at once', () => {
    const again: AgentEvent = { ...rotated, secretHash: 'u'.repeat(43), previousSecretEndsAt: 9_999 };
    expect(fold(withSecret, rotated, again)).toMatchObject({
      secretHash: 'u'.repeat(43),
      previousSecret: { hash: nextSecret, endsAt: 9_999 },
    });
  });

  it('is for secrets, and for classes that still take them', () => {
    given(managing, registered).when(rotate).thenRefused('secret_not_used');
    given(managing, withSecret)
      .when({ ...rotate, config: classNow({ authMethods: ['private_key_jwt'] }) })
      .thenRefused('auth_method_not_allowed');
    given(managing, withSecret, suspended).when(rotate).thenRefused('agent_suspended');
  });

  it('has an overlap that a replacement leaves alone, and the end of the secret ends', () => {
    const { jwks: _none, ...bare } = replaced;
    const same: AgentEvent = { ...bare, authMethod: 'client_secret_basic', secretHash: nextSecret };
    expect(fold(withSecret, rotated, same)).toMatchObject({ previousSecret: { hash: firstSecret, endsAt: 5_600 } });
    expect(fold(withSecret, rotated, replaced)).not.toHaveProperty('previousSecret');
    expect(fold(withSecret, rotated, replaced)).not.toHaveProperty('secretHash');
  });
});

describe('deleting an agent', () => {
  it('is its own end, also while it is suspended (MGT-06)', () => {
    given(managing, registered).when(end).then(deleted);
    given(managing, registered, suspended).when(end).then(deleted);
  });

  it('is not for who has ended already, and nothing comes after it (MGT-02)', () => {
    given(managing, registered, deleted).when(replace).thenRefused('agent_deleted');
    given(managing, registered, deleted).when(end).thenRefused('agent_deleted');
    given(managing, registered, revoked).when(end).thenRefused('agent_revoked');
    expect(fold(registered, deleted, replaced, suspended).status).toBe('deleted');
  });
});

describe('a registration access token', () => {
  it('reads, also for whoever is suspended, and that is no event (MGT-01)', () => {
    given(managing, registered).when(read).thenNothing();
    given(managing, registered, suspended).when(read).thenNothing();
  });

  it('with a successor reads on to the second, and does nothing else (MGT-07, S-005)', () => {
    const previous = { rat: 'previous' as const };
    given(managing, registered, replaced)
      .when({ ...read, ...previous, at: 2_059 })
      .thenNothing();
    given(managing, registered, replaced)
      .when({ ...read, ...previous, at: 2_060 })
      .thenRefused('rat_superseded');
    for (const command of [replace, end, rotate])
      given(managing, registered, replaced)
        .when({ ...command, ...previous })
        .thenRefused('rat_superseded');
  });

  it('ends the one before it by its first use, which is worth an event only while that one worked (MGT-07)', () => {
    given(managing, registered, replaced).when(read).then(confirmed);
    given(managing, registered, replaced, confirmed).when(read).thenNothing();
    given(managing, registered, replaced)
      .when({ ...read, at: 2_060 })
      .thenNothing();
    given(managing, registered, replaced, confirmed)
      .when({ ...read, rat: 'previous' })
      .thenRefused('rat_superseded');
  });

  it('is one, with one before it', () => {
    const state = fold(registered, replaced, { ...replaced, ratHash: lastRat, previousRatEndsAt: 3_000 });
    expect(state).toMatchObject({ ratHash: lastRat, previousRat: { hash: nextRat, endsAt: 3_000 } });
  });

  it('is worth nothing when the agent or what it came from has ended, or never was (MGT-02)', () => {
    for (const command of [read, replace, end, rotate] as Command[]) {
      given(managing).when(command).thenRefused('agent_unknown');
      given(managing, registered, revoked).when(command).thenRefused('agent_revoked');
      given(managing, registered, deleted).when(command).thenRefused('agent_deleted');
      given(managing, registered)
        .when({ ...command, iat: { ...iat, status: 'revoked' } })
        .thenRefused('iat_revoked');
    }
  });
});

describe('an agent that replaced its registration', () => {
  it('is what it says now, and still itself: its root, its class, its lease and how it stands (MGT-03)', () => {
    const { type: _type, by: _by, previousRatEndsAt: _endsAt, ...metadata } = replaced;
    expect(fold(registered, suspended, replaced)).toEqual({
      ...metadata,
      iatId: 'it_1',
      slot: 1,
      class: 'writers',
      leaseEndsAt: 87_400,
      registeredAt: 1_000,
      status: 'suspended',
      answered: true,
      previousRat: { hash: firstRat, endsAt: 2_060 },
      changes: { from: 2_060, count: 1 },
    });
    expect(fold(registered, replaced, renewed)).toMatchObject({ leaseEndsAt: 88_400 });
  });
});

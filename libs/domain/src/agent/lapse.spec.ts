import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { deleted, fold, registered, renewed, replace, replaced, revoked, suspended } from '../spec-kit/managed.js';
import { lapsing, type LapseLease } from './lapse.js';
import { managing } from './manage.js';
import { standing } from './rights.js';

/** Of the lease that ends at 87 400, and of its grace where it has one. */
const graced = { ...registered, graceEndsAt: 88_000 };
const warned: AgentEvent = { type: 'agent.expiry-warned', agentId: 'ag_1', leaseEndsAt: 87_400, by: 'system' };
const expired: AgentEvent = { type: 'agent.expired', agentId: 'ag_1', leaseEndsAt: 87_400, by: 'system' };
const ended: AgentEvent = { type: 'agent.deleted', agentId: 'ag_1', cause: 'lease_ended', by: 'system' };

const lapse = (at: number): LapseLease => ({ type: 'lapse-lease', at, warnAhead: 3_600 });

describe('a lease that nobody renews (IAT-08)', () => {
  it('is warned of once, from so long before its end on', () => {
    given(lapsing, registered).when(lapse(83_799)).thenNothing();
    given(lapsing, registered).when(lapse(83_800)).then(warned);
    given(lapsing, registered).when(lapse(87_399)).then(warned);
    given(lapsing, registered, warned).when(lapse(87_399)).thenNothing();
  });

  it('is recorded as ended once, from the second on in which it has, warned of or not', () => {
    given(lapsing, graced, warned).when(lapse(87_400)).then(expired);
    given(lapsing, graced).when(lapse(87_999)).then(expired);
    given(lapsing, graced, expired).when(lapse(87_999)).thenNothing();
  });

  it('ends the registration when its grace is over, at once where it has none, and once', () => {
    given(lapsing, graced, warned, expired).when(lapse(88_000)).then(ended);
    given(lapsing, graced).when(lapse(88_000)).then(expired, ended);
    given(lapsing, registered).when(lapse(87_400)).then(expired, ended);
    given(lapsing, registered, expired, ended).when(lapse(99_999)).thenRefused('agent_deleted');
  });

  it('goes its way whatever else became of the agent, short of its end', () => {
    const pending = { ...registered, awaitsApproval: true } as const;
    const departed: AgentEvent = { type: 'agent.departed', agentId: 'ag_1', class: 'writers', departure: 1, by: 'system' };
    given(lapsing, registered, suspended).when(lapse(87_400)).then(expired, ended);
    given(lapsing, pending).when(lapse(87_400)).then(expired, ended);
    given(lapsing, registered, departed).when(lapse(87_400)).then(expired, ended);
    given(lapsing, registered, revoked).when(lapse(87_400)).thenRefused('agent_revoked');
    given(lapsing, registered, deleted).when(lapse(87_400)).thenRefused('agent_deleted');
  });

  it('is nothing that who has none could lose', () => {
    const { leaseEndsAt: _end, ...operator } = registered;
    given(lapsing, operator).when(lapse(4_000_000_000)).thenRefused('lease_endless');
    given(lapsing).when(lapse(87_400)).thenRefused('agent_unknown');
  });

  it('refuses the agent at once, whether it was recorded or not', () => {
    for (const history of [[graced], [graced, warned], [graced, warned, expired]]) {
      expect(standing(fold(...history), 87_400)).toBe('lease_expired');
      given(managing, ...history)
        .when({ ...replace, at: 88_000 })
        .thenRefused('grace_over');
    }
    expect(standing(fold(graced, warned), 87_399)).toBeUndefined();
  });
});

describe('a renewal', () => {
  it.each([
    ['after a warning', 87_399, [registered, warned]],
    ['within the grace, after its end was recorded', 87_999, [graced, warned, expired]],
  ] as const)('%s brings the agent back, whose next lease is warned of and ends by itself', (_when, at, history) => {
    const next = { ...renewed, leaseEndsAt: at + 86_400 };
    given(managing, ...history)
      .when({ ...replace, at })
      .then(replaced, next);
    expect(standing(fold(...history, replaced, next), at)).toBeUndefined();
    const lived = [...history, replaced, next];
    given(lapsing, ...lived)
      .when(lapse(at))
      .thenNothing();
    given(lapsing, ...lived)
      .when(lapse(at + 86_399))
      .then({ ...warned, leaseEndsAt: at + 86_400 });
    given(lapsing, ...lived)
      .when(lapse(at + 86_400))
      .then({ ...expired, leaseEndsAt: at + 86_400 }, ended);
  });
});

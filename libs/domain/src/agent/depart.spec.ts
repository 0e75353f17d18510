import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, it } from 'vitest';
import type { IatState } from '../iat/iat.decider.js';
import { departing, type DepartAgent } from './depart.js';

const registered: AgentEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  grantTypes: ['client_credentials'],
  scope: ['notes:read'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  leaseEndsAt: 2_000,
  by: 'it_1',
};
const about = { agentId: 'ag_1', reason: 'odd calls', by: 'op' };
const suspended: AgentEvent = { type: 'agent.suspended', ...about };
const revoked: AgentEvent = { type: 'agent.revoked', ...about };
const departed: AgentEvent = { type: 'agent.departed', agentId: 'ag_1', class: 'writers', departure: 7, by: 'system' };

const root: Exclude<IatState, { status: 'unknown' }> = {
  status: 'open',
  iatId: 'it_1',
  class: 'writers',
  uses: 1,
  expiresAt: 2_000,
  tokenHash: 'h'.repeat(43),
  mintedBy: 'op',
};
const depart: DepartAgent = { type: 'depart-agent', at: 1_000, iat: root, departure: 7 };

describe('an agent leaves its class', () => {
  it('when it was revoked, or what it came from was', () => {
    given(departing, registered, revoked).when(depart).then(departed);
    given(departing, registered)
      .when({ ...depart, iat: { ...root, status: 'revoked' } })
      .then(departed);
  });

  it('in the second its lease ends, and not before', () => {
    given(departing, registered)
      .when({ ...depart, at: 2_000 })
      .then(departed);
    given(departing, registered)
      .when({ ...depart, at: 1_999 })
      .thenRefused('agent_lives');
  });

  it('only after the grace in which it could be renewed', () => {
    const graced = { ...registered, graceEndsAt: 2_600 };
    given(departing, graced)
      .when({ ...depart, at: 2_599 })
      .thenRefused('agent_lives');
    given(departing, graced)
      .when({ ...depart, at: 2_600 })
      .then(departed);
  });

  it('never for being suspended, nor for the end of the token it came by', () => {
    given(departing, registered, suspended).when(depart).thenRefused('agent_lives');
    given(departing, registered)
      .when({ ...depart, iat: { ...root, status: 'closed' } })
      .thenRefused('agent_lives');
  });

  it('once', () => {
    given(departing, registered, revoked, departed)
      .when({ ...depart, departure: 8 })
      .thenRefused('agent_departed');
  });

  it('that it has: an operator of the first start makes room for nobody', () => {
    const { class: _class, leaseEndsAt: _end, ...operator } = registered;
    given(departing, operator as AgentEvent, revoked)
      .when(depart)
      .thenRefused('agent_unclassed');
    given(departing).when(depart).thenRefused('agent_unknown');
  });
});

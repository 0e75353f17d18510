import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { config } from '../config/config.decider.js';
import { agent, type AgentCommand } from './agent.decider.js';

const registered: AgentEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  slot: 1,
  class: 'readers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  jwks: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }],
  grantTypes: ['client_credentials'],
  scope: ['notes:read'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  leaseEndsAt: 87_400,
  by: 'it_1',
};
const about = { agentId: 'ag_1', reason: 'odd calls', by: 'op' };
const suspended: AgentEvent = { type: 'agent.suspended', ...about };
const resumed: AgentEvent = { type: 'agent.resumed', ...about };
const revoked: AgentEvent = { type: 'agent.revoked', ...about };

const pending: AgentEvent = { ...registered, awaitsApproval: true };
const approved: AgentEvent = { type: 'agent.approved', ...about };

const operatorsApi = { resource: 'https://id.example/admin', scope: ['op:registry', 'op:policy'] };
const giver = { config: config.initial, operatorScope: ['op:registry'], operatorsApi };
const approve: AgentCommand = { type: 'approve-agent', reason: 'odd calls', by: 'op', ...giver };
const suspend: AgentCommand = { type: 'suspend-agent', reason: 'odd calls', by: 'op' };
const resume: AgentCommand = { type: 'resume-agent', reason: 'odd calls', by: 'op' };
const revoke: AgentCommand = { type: 'revoke-agent', reason: 'odd calls', by: 'op' };
const deleted: AgentEvent = { type: 'agent.deleted', agentId: 'ag_1', cause: 'client_request', by: 'ag_1' };
const fold = (...history: AgentEvent[]) => history.reduce(agent.evolve, agent.initial);

describe('approving an agent', () => {
  it('lets it in', () => {
    given(agent, pending).when(approve).then(approved);
    expect([fold(pending).status, fold(pending, approved).status]).toEqual(['pending', 'active']);
  });

  it('is harmless a second time, and of one that never had to wait', () => {
    given(agent, pending, approved).when(approve).thenNothing();
    given(agent, registered).when(approve).thenNothing();
  });

  it('lifts no suspension and undoes no end', () => {
    given(agent, pending, approved, suspended).when(approve).thenRefused('agent_suspended');
    given(agent, pending, revoked).when(approve).thenRefused('agent_revoked');
    expect(fold(pending, approved, suspended, approved).status).toBe('suspended');
  });

  it("gives no more of the operators' API than the approver has (S-003)", () => {
    const admin = { type: 'config.resource-defined', ...operatorsApi, name: 'Admin', by: 'system' } as const;
    const wants = { ...pending, scope: ['op:policy'], audiences: [operatorsApi.resource] } as AgentEvent;
    const withApi = { ...approve, config: config.evolve(config.initial, admin) };
    given(agent, wants).when(withApi).thenRefused('scope_exceeds_operator');
    given(agent, wants)
      .when({ ...withApi, operatorScope: ['op:registry', 'op:policy'] })
      .then(approved);
  });

  it('cannot be got around by a suspension that is lifted again', () => {
    given(agent, pending).when(suspend).thenRefused('agent_pending');
    given(agent, pending).when(resume).thenRefused('agent_pending');
    expect(fold(pending, suspended, resumed).status).toBe('pending');
  });

  it('is not needed to end it', () => {
    given(agent, pending).when(revoke).then(revoked);
  });
});

describe('suspending an agent', () => {
  it('is recorded, also after it was resumed', () => {
    given(agent, registered).when(suspend).then(suspended);
    given(agent, registered, suspended, resumed).when(suspend).then(suspended);
  });

  it('is harmless a second time', () => {
    given(agent, registered, suspended).when(suspend).thenNothing();
  });

  it('refuses one that has ended: a suspension would read as if it could come back', () => {
    given(agent, registered, revoked).when(suspend).thenRefused('agent_revoked');
  });
});

describe('resuming an agent', () => {
  it('is recorded', () => {
    given(agent, registered, suspended).when(resume).then(resumed);
  });

  it('of one that is active is harmless', () => {
    given(agent, registered).when(resume).thenNothing();
    given(agent, registered, suspended, resumed).when(resume).thenNothing();
  });

  it('never brings back one that has ended', () => {
    given(agent, registered, revoked).when(resume).thenRefused('agent_revoked');
    given(agent, registered, suspended, revoked).when(resume).thenRefused('agent_revoked');
  });
});

describe('revoking an agent', () => {
  it('is recorded, also while it is suspended', () => {
    given(agent, registered).when(revoke).then(revoked);
    given(agent, registered, suspended).when(revoke).then(revoked);
  });

  it('is harmless a second time', () => {
    given(agent, registered, revoked).when(revoke).thenNothing();
  });
});

describe('an agent that deleted itself', () => {
  it('is suspended and resumed no more, and has ended already for whoever revokes it', () => {
    given(agent, registered, deleted).when(suspend).thenRefused('agent_deleted');
    given(agent, registered, deleted).when(resume).thenRefused('agent_deleted');
    given(agent, registered, deleted).when(revoke).thenNothing();
  });
});

describe('an agent that never was', () => {
  it.each([approve, suspend, resume, revoke])('is unknown to $type', (command) => {
    given(agent).when(command).thenRefused('agent_unknown');
  });

  it('does not come into being by any event but its registration', () => {
    const departed: AgentEvent = { type: 'agent.departed', agentId: 'ag_1', class: 'readers', departure: 1, by: 'system' };
    const others = [approved, suspended, resumed, revoked, departed];
    expect(others.map((event) => agent.evolve(agent.initial, event).status)).toEqual(others.map(() => 'unknown'));
  });
});

describe('the state of an agent', () => {
  it('is what was registered, and how it stands', () => {
    const { type: _type, by: _by, ...rights } = registered;
    expect(fold(registered)).toEqual({ status: 'active', ...rights });
  });

  it('follows suspension and resumption', () => {
    expect(fold(registered, suspended).status).toBe('suspended');
    expect(fold(registered, suspended, resumed).status).toBe('active');
  });

  it('stays revoked whatever comes after', () => {
    expect(fold(registered, revoked, resumed).status).toBe('revoked');
    expect(fold(registered, revoked, suspended).status).toBe('revoked');
    expect(fold(registered, suspended, revoked, resumed).status).toBe('revoked');
    expect(fold(registered, revoked, deleted).status).toBe('revoked');
  });
});

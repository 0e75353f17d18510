import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
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

const suspend: AgentCommand = { type: 'suspend-agent', reason: 'odd calls', by: 'op' };
const resume: AgentCommand = { type: 'resume-agent', reason: 'odd calls', by: 'op' };
const revoke: AgentCommand = { type: 'revoke-agent', reason: 'odd calls', by: 'op' };
const fold = (...history: AgentEvent[]) => history.reduce(agent.evolve, agent.initial);

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

describe('an agent that never was', () => {
  it.each([suspend, resume, revoke])('is unknown to $type', (command) => {
    given(agent).when(command).thenRefused('agent_unknown');
  });

  it('does not come into being by any event but its registration', () => {
    expect([suspended, resumed, revoked].map((event) => agent.evolve(agent.initial, event).status)).toEqual(Array(3).fill('unknown'));
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
  });
});

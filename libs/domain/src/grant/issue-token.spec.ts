import type { AgentEvent, ConfigEvent, GrantEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { agent } from '../agent/agent.decider.js';
import { config } from '../config/config.decider.js';
import { issueToken, type IssueRefusal, type IssueToken } from './issue-token.js';
import { type ClassDefined, writers as sample } from '../spec-kit/writers.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

const notes: ConfigEvent = {
  type: 'config.resource-defined',
  resource: 'https://notes.example',
  name: 'Notes',
  scope: ['notes:read', 'notes:write', 'shared'],
  by: 'system',
};
const mail: ConfigEvent = { ...notes, resource: 'https://mail.example', name: 'Mail', scope: ['mail:read', 'shared'] };
const writers: ClassDefined = { ...sample, grantTypes: ['client_credentials'], authMethods: ['private_key_jwt'] };
const registered: Registered = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  slot: 1,
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['client_credentials'],
  scope: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example'],
  dpopBound: true,
  leaseEndsAt: 10_000,
  by: 'it_1',
};
const ask: IssueToken = {
  at: 1_000,
  grantId: 'gr_1',
  jti: 'tk_1',
  txn: 'tx_1',
  kid: 'k1',
  scope: ['notes:read'],
  audience: 'https://notes.example',
  proofKey: 'p'.repeat(43),
};
const issued: Extract<GrantEvent, { type: 'grant.token-issued' }> = {
  type: 'grant.token-issued',
  grantId: 'gr_1',
  grantType: 'client_credentials',
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read'],
  scopeRequested: ['notes:read'],
  audience: 'https://notes.example',
  proofKey: 'p'.repeat(43),
  jti: 'tk_1',
  txn: 'tx_1',
  expiresAt: 1_600,
  iatId: 'it_1',
  class: 'writers',
  kid: 'k1',
};

interface World {
  agentEvents?: AgentEvent[];
  registered?: Partial<Registered>;
  class?: Partial<ClassDefined>;
  config?: ConfigEvent[];
}
/** The ordinary case with what a spec changes. */
const basis = (world: World = {}) => ({
  agent: (world.agentEvents ?? [{ ...registered, ...world.registered }]).reduce(agent.evolve, agent.initial),
  config: (world.config ?? [notes, mail, { ...writers, ...world.class }]).reduce(config.evolve, config.initial),
});
const granted = (changed: Partial<typeof issued> = {}) => ({ ok: true, events: [{ ...issued, ...changed }] });
const refused = (refusal: IssueRefusal) => ({ ok: false, refusal });
const without = <Key extends keyof IssueToken>(key: Key): Omit<IssueToken, Key> => {
  const { [key]: _left, ...rest } = ask;
  return rest;
};
const suspended: AgentEvent = { type: 'agent.suspended', agentId: 'ag_1', reason: 'odd', by: 'op' };
const resumed: AgentEvent = { ...suspended, type: 'agent.resumed' };
const revoked: AgentEvent = { ...suspended, type: 'agent.revoked' };

describe('issuing to an agent in its own name', () => {
  it('grants what it asks within what it holds', () => {
    expect(issueToken(ask, basis())).toEqual(granted());
  });

  it('grants all it holds at the audience when it names no scope, and records that it named none', () => {
    const { scopeRequested: _none, ...event } = { ...issued, scope: ['notes:read', 'notes:write'] };
    expect(issueToken(without('scope'), basis())).toEqual({ ok: true, events: [event] });
  });

  it('grants only what the audience knows: a scope of another resource stays behind', () => {
    const both = { scope: ['mail:read', 'shared'], audiences: ['https://notes.example', 'https://mail.example'] };
    const { scopeRequested: _none, ...event } = { ...issued, scope: ['shared'] };
    expect(issueToken(without('scope'), basis({ registered: both, class: both }))).toEqual({ ok: true, events: [event] });
    expect(issueToken({ ...ask, scope: ['mail:read'] }, basis({ registered: both, class: both }))).toEqual(refused('scope_exceeds_agent'));
  });

  it("takes the agent's only audience when none is named", () => {
    expect(issueToken(without('audience'), basis())).toEqual(granted());
  });

  it('issues without a proof only where neither class nor agent asks for one', () => {
    const { proofKey: _none, ...bearer } = issued;
    const lax = { registered: { dpopBound: false }, class: { dpopRequired: false } };
    expect(issueToken(without('proofKey'), basis(lax))).toEqual({ ok: true, events: [bearer] });
    expect(issueToken(without('proofKey'), basis({ ...lax, registered: { dpopBound: true } }))).toEqual(refused('proof_missing'));
    expect(issueToken(without('proofKey'), basis({ ...lax, class: { dpopRequired: true } }))).toEqual(refused('proof_missing'));
  });

  it('records what the agent said inside its proof, with the agent’s key behind it (GW-25)', () => {
    const agentContext = { model: { name: 'm-1' }, run_id: 'r1' };
    expect(issueToken({ ...ask, agentContext }, basis())).toEqual(granted({ agentContext: { ...agentContext, vouchedBy: 'agent_key' } }));
  });

  it('binds to a proven key although nobody asked for it', () => {
    expect(issueToken(ask, basis({ registered: { dpopBound: false }, class: { dpopRequired: false } }))).toEqual(granted());
  });

  it('issues to an operator, who has neither class nor lease nor initial access token', () => {
    const { iatId: _iat, slot: _slot, class: _class, leaseEndsAt: _lease, ...operator } = registered;
    const { iatId: _issuedIat, class: _issuedClass, ...event } = issued;
    expect(issueToken(ask, basis({ agentEvents: [operator] }))).toEqual({ ok: true, events: [event] });
  });
});

describe('the end of an issued token', () => {
  it("is the class's lifetime away", () => {
    expect(issueToken(ask, basis({ class: { accessTokenLifetime: 300 } }))).toEqual(granted({ expiresAt: 1_300 }));
  });

  it('is never after the end of the lease', () => {
    expect(issueToken(ask, basis({ registered: { leaseEndsAt: 1_600 } }))).toEqual(granted({ expiresAt: 1_600 }));
    expect(issueToken(ask, basis({ registered: { leaseEndsAt: 1_001 } }))).toEqual(granted({ expiresAt: 1_001 }));
  });
});

describe('narrowing a class', () => {
  it('ends the agents whose authentication method it no longer takes', () => {
    expect(issueToken(ask, basis({ class: { authMethods: ['client_secret_basic'] } }))).toEqual(refused('auth_method_not_allowed'));
  });

  it('ends the agents who hold a key that it no longer takes', () => {
    const jwks = [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }];
    expect(issueToken(ask, basis({ registered: { jwks }, class: { keyAlgorithms: ['ES256'] } }))).toEqual(granted());
    expect(issueToken(ask, basis({ registered: { jwks }, class: { keyAlgorithms: ['PS256'] } }))).toEqual(refused('key_not_allowed'));
  });

  it('narrows its agents at their next token', () => {
    const { scopeRequested: _none, ...event } = issued;
    expect(issueToken(without('scope'), basis({ class: { scope: ['notes:read'] } }))).toEqual({ ok: true, events: [event] });
    expect(issueToken({ ...ask, scope: ['notes:write'] }, basis({ class: { scope: ['notes:read'] } }))).toEqual(
      refused('scope_exceeds_agent'),
    );
  });

  it('takes an audience from them', () => {
    expect(issueToken(ask, basis({ class: { audiences: ['https://mail.example'] } }))).toEqual(refused('audience_not_allowed'));
  });

  it('takes a grant type from them', () => {
    const exchangeOnly = { grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange' as const] };
    expect(issueToken(ask, basis({ class: exchangeOnly }))).toEqual(refused('grant_not_allowed'));
  });

  it('leaves nothing when the class is gone', () => {
    expect(issueToken(ask, basis({ config: [notes] }))).toEqual(refused('grant_not_allowed'));
  });

  it('narrows with the resource too', () => {
    const narrowed: ConfigEvent = { ...notes, scope: ['notes:write'] };
    expect(issueToken(ask, basis({ config: [notes, writers, narrowed] }))).toEqual(refused('scope_exceeds_agent'));
  });

  it('does not widen anybody when it is undone wider (DCR-11)', () => {
    expect(issueToken({ ...ask, scope: ['shared'] }, basis({ class: { scope: [...writers.scope, 'shared'] } }))).toEqual(
      refused('scope_exceeds_agent'),
    );
  });
});

describe('issuing is refused', () => {
  it('to an agent that never was', () => {
    expect(issueToken(ask, basis({ agentEvents: [] }))).toEqual(refused('agent_unknown'));
  });

  it('to a suspended agent, until it is resumed', () => {
    expect(issueToken(ask, basis({ agentEvents: [registered, suspended] }))).toEqual(refused('agent_suspended'));
    expect(issueToken(ask, basis({ agentEvents: [registered, suspended, resumed] }))).toEqual(granted());
  });

  it('to a revoked agent, for ever', () => {
    expect(issueToken(ask, basis({ agentEvents: [registered, revoked] }))).toEqual(refused('agent_revoked'));
    expect(issueToken(ask, basis({ agentEvents: [registered, revoked, resumed] }))).toEqual(refused('agent_revoked'));
  });

  it('in the second the lease ends', () => {
    expect(issueToken({ ...ask, at: 9_999 }, basis())).toEqual(granted({ expiresAt: 10_000 }));
    expect(issueToken({ ...ask, at: 10_000 }, basis())).toEqual(refused('lease_expired'));
  });

  it('for a grant type it did not register, although its class has it', () => {
    const exchangeOnly = { grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange' as const] };
    expect(issueToken(ask, basis({ registered: exchangeOnly }))).toEqual(refused('grant_not_allowed'));
  });

  it('without an audience when it has several', () => {
    const both = { audiences: ['https://notes.example', 'https://mail.example'] };
    expect(issueToken(without('audience'), basis({ registered: both, class: both }))).toEqual(refused('audience_ambiguous'));
  });

  it('for an audience that is not its own, or that is not registered at all', () => {
    expect(issueToken({ ...ask, audience: 'https://mail.example' }, basis())).toEqual(refused('audience_not_allowed'));
    expect(issueToken(ask, basis({ config: [writers] }))).toEqual(refused('audience_not_allowed'));
    expect(issueToken({ ...ask, audience: 'constructor' }, basis())).toEqual(refused('audience_not_allowed'));
  });

  it('for one scope too many, as a whole: never narrowed in silence (RFC 6749 §3.3)', () => {
    expect(issueToken({ ...ask, scope: ['notes:read', 'shared'] }, basis())).toEqual(refused('scope_exceeds_agent'));
    expect(issueToken({ ...ask, scope: ['*'] }, basis())).toEqual(refused('scope_exceeds_agent'));
  });

  it('when no scope is left', () => {
    expect(issueToken({ ...ask, scope: [] }, basis())).toEqual(refused('scope_empty'));
    expect(issueToken(without('scope'), basis({ class: { scope: ['mail:read'] } }))).toEqual(refused('scope_empty'));
  });

  it('for the reason an operator has to mend first', () => {
    const { scope: _scope, audience: _audience, proofKey: _proof, ...bare } = ask;
    const both = { audiences: ['https://notes.example', 'https://mail.example'] };
    const foreign = { ...bare, proofKey: 'p'.repeat(43), audience: 'https://elsewhere.example', scope: ['admin'] };
    const noGrants: World = { registered: { ...both, grantTypes: [] }, class: both };
    const story: [IssueToken, World, IssueRefusal][] = [
      [bare, { agentEvents: [] }, 'agent_unknown'],
      [{ ...bare, at: 10_000 }, { agentEvents: [registered, suspended, revoked] }, 'agent_revoked'],
      [{ ...bare, at: 10_000 }, { agentEvents: [{ ...registered, awaitsApproval: true }] }, 'agent_pending'],
      [{ ...bare, at: 10_000 }, { agentEvents: [registered, suspended] }, 'agent_suspended'],
      [{ ...bare, at: 10_000 }, noGrants, 'lease_expired'],
      [bare, noGrants, 'grant_not_allowed'],
      [bare, { registered: both, class: both }, 'proof_missing'],
      [{ ...bare, proofKey: 'p'.repeat(43), scope: ['admin'] }, { registered: both, class: both }, 'audience_ambiguous'],
      [foreign, {}, 'audience_not_allowed'],
      [{ ...foreign, audience: 'https://notes.example' }, { class: { scope: ['mail:read'] } }, 'scope_exceeds_agent'],
    ];
    expect(story.map(([command, world]) => issueToken(command, basis(world)))).toEqual(story.map(([, , refusal]) => refused(refusal)));
  });
});

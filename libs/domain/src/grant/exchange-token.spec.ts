import type { AgentEvent, ConfigEvent, GrantEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { agent } from '../agent/agent.decider.js';
import { config } from '../config/config.decider.js';
import { exchangeToken, type ExchangeRefusal, type ExchangeToken, type SubjectToken } from './exchange-token.js';
import { type ClassDefined, writers as sample } from '../spec-kit/writers.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

const key = 'p'.repeat(43);
const otherKey = 'q'.repeat(43);
const notes: ConfigEvent = {
  type: 'config.resource-defined',
  resource: 'https://notes.example',
  name: 'Notes',
  scope: ['notes:read', 'notes:write'],
  by: 'system',
};
const mail: ConfigEvent = { ...notes, resource: 'https://mail.example', name: 'Mail', scope: ['mail:read'] };
const writers: ClassDefined = {
  ...sample,
  scope: ['notes:read', 'notes:write', 'mail:read'],
  audiences: ['https://notes.example', 'https://mail.example'],
  grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  authMethods: ['private_key_jwt'],
};
const registered: Registered = {
  type: 'agent.registered',
  agentId: 'ag_1',
  iatId: 'it_1',
  slot: 1,
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: ['notes:read', 'notes:write', 'mail:read'],
  audiences: ['https://notes.example', 'https://mail.example'],
  dpopBound: true,
  leaseEndsAt: 10_000,
  by: 'it_1',
};
/** The agent's own token for the notes, with more scope than the task needs. */
const parent: SubjectToken = {
  grantId: 'gr_1',
  jti: 'tk_1',
  txn: 'tx_1',
  clientId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read', 'notes:write'],
  audience: 'https://notes.example',
  expiresAt: 1_500,
  proofKey: key,
  iatId: 'it_1',
  kid: 'k1',
  lineage: [],
  delegated: false,
};
const ask: ExchangeToken = {
  at: 1_000,
  grantId: 'gr_2',
  jti: 'tk_2',
  kid: 'k2',
  subject: parent,
  scope: ['notes:read'],
  expiresIn: 60,
  proofKey: key,
};
const exchanged: Extract<GrantEvent, { type: 'grant.token-exchanged' }> = {
  type: 'grant.token-exchanged',
  grantId: 'gr_2',
  parent: 'gr_1',
  parentJti: 'tk_1',
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read'],
  scopeRequested: ['notes:read'],
  audience: 'https://notes.example',
  proofKey: key,
  subjectProofKey: key,
  handOver: 'same_key',
  jti: 'tk_2',
  txn: 'tx_1',
  expiresAt: 1_060,
  iatId: 'it_1',
  class: 'writers',
  kid: 'k2',
  lineage: [{ grant: 'gr_1', agent: 'ag_1', key, iat_id: 'it_1', kid: 'k1' }],
};

interface World {
  agentEvents?: AgentEvent[];
  registered?: Partial<Registered>;
  class?: Partial<ClassDefined>;
  config?: ConfigEvent[];
}
const basis = (world: World = {}) => ({
  agent: (world.agentEvents ?? [{ ...registered, ...world.registered }]).reduce(agent.evolve, agent.initial),
  config: (world.config ?? [notes, mail, { ...writers, ...world.class }]).reduce(config.evolve, config.initial),
});
const granted = (changed: Partial<typeof exchanged> = {}) => ({ ok: true, events: [{ ...exchanged, ...changed }] });
const refused = (refusal: ExchangeRefusal) => ({ ok: false, refusal });
const without = <Key extends keyof ExchangeToken>(left: Key): Omit<ExchangeToken, Key> => {
  const { [left]: _left, ...rest } = ask;
  return rest;
};
const from = (changed: Partial<SubjectToken>): ExchangeToken => ({ ...ask, subject: { ...parent, ...changed } });
const { proofKey: _boundTo, ...unboundParent } = parent;
const lax: World = { registered: { dpopBound: false }, class: { dpopRequired: false } };
const suspended: AgentEvent = { type: 'agent.suspended', agentId: 'ag_1', reason: 'odd', by: 'op' };
const hops = (count: number) => Array.from({ length: count }, (_, hop) => ({ grant: `gr_0${hop}`, agent: 'ag_1', kid: 'k1' }));

describe('exchanging an own token', () => {
  it('gives a child that names its parent first in its lineage', () => {
    expect(exchangeToken(ask, basis())).toEqual(granted());
  });

  it('lets the lineage grow by one hop, nearest first (EXC-18)', () => {
    const [first] = exchanged.lineage;
    expect(exchangeToken(from({ lineage: hops(2) }), basis())).toEqual(granted({ lineage: [...(first ? [first] : []), ...hops(2)] }));
  });

  it('gives what parent, agent and audience have in common when no scope is named', () => {
    const { scopeRequested: _none, ...event } = exchanged;
    const common = { ok: true, events: [{ ...event, scope: ['notes:read', 'notes:write'] }] };
    expect(exchangeToken(without('scope'), basis())).toEqual(common);
    expect(
      exchangeToken({ ...without('scope'), subject: { ...parent, scope: ['notes:write', 'notes:read', 'mail:read'] } }, basis()),
    ).toEqual({
      ok: true,
      events: [{ ...event, scope: ['notes:write', 'notes:read'] }],
    });
  });

  it("takes the parent's audience, named or not", () => {
    expect(exchangeToken({ ...ask, audience: 'https://notes.example' }, basis())).toEqual(granted());
  });

  it('leaves an unbound token unbound only where nothing asks for a proof', () => {
    const { proofKey: _proof, subjectProofKey: _subjectKey, ...event } = exchanged;
    const [hop] = exchanged.lineage;
    const { key: _key, ...unboundHop } = hop ?? { grant: '', agent: '', kid: '' };
    const unbound = { ...without('proofKey'), subject: unboundParent };
    expect(exchangeToken(unbound, basis(lax))).toEqual({ ok: true, events: [{ ...event, handOver: 'unbound', lineage: [unboundHop] }] });
    expect(exchangeToken(unbound, basis())).toEqual(refused('proof_missing'));
  });

  it('binds the child of an unbound token to the key that was proven', () => {
    const decision = exchangeToken({ ...ask, subject: unboundParent }, basis());
    expect(decision).toMatchObject({ ok: true, events: [{ proofKey: key, handOver: 'unbound' }] });
  });
});

describe('the end of a child', () => {
  it('is what was asked, when that is soonest', () => {
    expect(exchangeToken({ ...ask, expiresIn: 499 }, basis())).toEqual(granted({ expiresAt: 1_499 }));
  });

  it("is its parent's end at the latest, however short that makes it (EXC-14)", () => {
    expect(exchangeToken({ ...ask, expiresIn: 501 }, basis())).toEqual(granted({ expiresAt: 1_500 }));
    expect(exchangeToken(without('expiresIn'), basis())).toEqual(granted({ expiresAt: 1_500 }));
    expect(exchangeToken({ ...ask, at: 1_499 }, basis())).toEqual(granted({ expiresAt: 1_500 }));
  });

  it("is the class's lifetime away at the latest", () => {
    expect(exchangeToken({ ...ask, expiresIn: 450 }, basis({ class: { accessTokenLifetime: 300 } }))).toEqual(
      granted({ expiresAt: 1_300 }),
    );
  });

  it('is the end of the lease at the latest, where there is one', () => {
    const { leaseEndsAt: _lease, ...operator } = registered;
    expect(exchangeToken(ask, basis({ agentEvents: [operator] }))).toEqual(granted());
    expect(exchangeToken(ask, basis({ registered: { leaseEndsAt: 1_010 } }))).toEqual(granted({ expiresAt: 1_010 }));
  });
});

describe('narrowing a class', () => {
  it('narrows the next child of a token from before', () => {
    const { scopeRequested: _none, ...event } = exchanged;
    expect(exchangeToken(without('scope'), basis({ class: { scope: ['notes:read'] } }))).toEqual({ ok: true, events: [event] });
    expect(exchangeToken({ ...ask, scope: ['notes:write'] }, basis({ class: { scope: ['notes:read'] } }))).toEqual(
      refused('scope_exceeds_parent'),
    );
  });

  it('takes the audience from it', () => {
    expect(exchangeToken(ask, basis({ class: { audiences: ['https://mail.example'] } }))).toEqual(refused('audience_not_allowed'));
  });

  it('leaves nothing when the class is gone', () => {
    expect(exchangeToken(ask, basis({ config: [notes] }))).toEqual(refused('grant_not_allowed'));
  });

  it('narrows with the resource too', () => {
    expect(exchangeToken(ask, basis({ config: [{ ...notes, scope: ['notes:write'] }, writers] }))).toEqual(refused('scope_exceeds_parent'));
  });
});

describe('an exchange is refused', () => {
  it('to an agent that never was, is suspended or has ended', () => {
    expect(exchangeToken(ask, basis({ agentEvents: [] }))).toEqual(refused('agent_unknown'));
    expect(exchangeToken(ask, basis({ agentEvents: [registered, suspended] }))).toEqual(refused('agent_suspended'));
    expect(exchangeToken(ask, basis({ agentEvents: [registered, { ...suspended, type: 'agent.revoked' }] }))).toEqual(
      refused('agent_revoked'),
    );
  });

  it('in the second the lease ends', () => {
    const lease = { registered: { leaseEndsAt: 1_000 } };
    expect(exchangeToken({ ...ask, at: 999 }, basis(lease))).toEqual(granted({ expiresAt: 1_000 }));
    expect(exchangeToken(ask, basis(lease))).toEqual(refused('lease_expired'));
  });

  it('where the agent did not register for it, or its class has lost it', () => {
    expect(exchangeToken(ask, basis({ registered: { grantTypes: ['client_credentials'] } }))).toEqual(refused('grant_not_allowed'));
    expect(exchangeToken(ask, basis({ class: { grantTypes: ['client_credentials'] } }))).toEqual(refused('grant_not_allowed'));
    expect(exchangeToken(ask, basis({ class: { authMethods: ['client_secret_basic'] } }))).toEqual(refused('auth_method_not_allowed'));
    const jwks = [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }];
    expect(exchangeToken(ask, basis({ registered: { jwks }, class: { keyAlgorithms: ['ES256'] } }))).toEqual(refused('key_not_allowed'));
  });

  it("of another agent's token", () => {
    expect(exchangeToken(from({ clientId: 'ag_2' }), basis())).toEqual(refused('not_entitled'));
  });

  it('of a token that speaks for somebody else: a chain is never shortened (ACT-06)', () => {
    expect(exchangeToken(from({ subject: 'us_1' }), basis())).toEqual(refused('actor_required'));
    expect(exchangeToken(from({ delegated: true }), basis())).toEqual(refused('actor_required'));
  });

  it('of a bound token without its proof, or with the proof of another key', () => {
    expect(exchangeToken(without('proofKey'), basis())).toEqual(refused('binding_missing'));
    expect(exchangeToken(without('proofKey'), basis(lax))).toEqual(refused('binding_missing'));
    expect(exchangeToken({ ...ask, proofKey: otherKey }, basis())).toEqual(refused('binding_mismatch'));
    expect(exchangeToken({ ...ask, proofKey: otherKey }, basis(lax))).toEqual(refused('binding_mismatch'));
  });

  it("for another audience than the parent's, also one the agent may reach", () => {
    expect(exchangeToken({ ...ask, audience: 'https://mail.example' }, basis())).toEqual(refused('audience_exceeds_parent'));
  });

  it("for the parent's audience when the agent may not reach it, or it is not registered", () => {
    expect(exchangeToken(ask, basis({ registered: { audiences: ['https://mail.example'] } }))).toEqual(refused('audience_not_allowed'));
    expect(exchangeToken(ask, basis({ config: [mail, writers] }))).toEqual(refused('audience_not_allowed'));
    expect(exchangeToken(from({ audience: 'constructor' }), basis())).toEqual(refused('audience_not_allowed'));
  });

  it('for one scope too many, as a whole (EXC-12)', () => {
    expect(exchangeToken({ ...ask, scope: ['notes:read', 'mail:read'] }, basis())).toEqual(refused('scope_exceeds_parent'));
    expect(exchangeToken({ ...from({ scope: ['notes:write'] }) }, basis())).toEqual(refused('scope_exceeds_parent'));
    expect(exchangeToken(ask, basis({ registered: { scope: ['notes:write'] } }))).toEqual(refused('scope_exceeds_parent'));
  });

  it('when no scope is left: a token without scope has none to give', () => {
    expect(exchangeToken({ ...ask, scope: [] }, basis())).toEqual(refused('scope_empty'));
    expect(exchangeToken({ ...without('scope'), subject: { ...parent, scope: [] } }, basis())).toEqual(refused('scope_empty'));
  });

  it('in the second the parent ends', () => {
    expect(exchangeToken({ ...ask, at: 1_500 }, basis())).toEqual(refused('subject_expired'));
    expect(exchangeToken({ ...ask, at: 1_501 }, basis())).toEqual(refused('subject_expired'));
  });

  it('for the reason that has to be mended first', () => {
    const foreign = { ...parent, clientId: 'ag_2', subject: 'us_1', delegated: true, lineage: hops(8), scope: [] };
    const wrong = { ...ask, at: 1_500, subject: foreign, audience: 'https://elsewhere.example', scope: ['admin'], proofKey: otherKey };
    const delegated = { ...wrong, subject: { ...foreign, clientId: 'ag_1' } };
    const bound = { ...wrong, subject: { ...parent, lineage: hops(8), scope: [] } };
    const proven = { ...bound, proofKey: key };
    const atHome = { ...proven, audience: 'https://notes.example' };
    const { scope: _scope, ...unasked } = atHome;
    const story: [ExchangeToken, World, ExchangeRefusal][] = [
      [wrong, { agentEvents: [registered, suspended] }, 'agent_suspended'],
      [{ ...wrong, at: 10_000 }, { registered: { grantTypes: [] } }, 'lease_expired'],
      [wrong, { registered: { grantTypes: [] } }, 'grant_not_allowed'],
      [wrong, {}, 'not_entitled'],
      [delegated, {}, 'actor_required'],
      [bound, {}, 'binding_mismatch'],
      [proven, { config: [writers] }, 'audience_exceeds_parent'],
      [atHome, { config: [writers] }, 'audience_not_allowed'],
      [atHome, {}, 'scope_exceeds_parent'],
      [unasked, {}, 'scope_empty'],
      [{ ...unasked, subject: { ...parent, lineage: hops(8) } }, {}, 'lineage_too_deep'],
      [{ ...unasked, subject: parent }, {}, 'subject_expired'],
    ];
    expect(story.map(([command, world]) => exchangeToken(command, basis(world)))).toEqual(story.map(([, , refusal]) => refused(refusal)));
  });
});

import type { AgentEvent, ConfigEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { agent } from '../agent/agent.decider.js';
import { registering } from '../agent/register.js';
import { config } from '../config/config.decider.js';
import { iat } from '../iat/iat.decider.js';
import { exchangeToken, type SubjectToken } from './exchange-token.js';
import { issueToken } from './issue-token.js';

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const audience = 'https://notes.example';
const notes: ConfigEvent = { type: 'config.resource-defined', resource: audience, name: 'Notes', scope: ['notes:read'], by: 'system' };
/** Without class, lease and initial access token, as an operator is. */
const operator: AgentEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  grantTypes: ['client_credentials', exchangeGrant],
  scope: ['notes:read'],
  audiences: [audience],
  dpopBound: false,
  by: 'system',
};
const basis = { agent: agent.evolve(agent.initial, operator), config: config.evolve(config.initial, notes) };
const bearer: SubjectToken = {
  grantId: 'gr_1',
  jti: 'tk_1',
  txn: 'tx_1',
  clientId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read'],
  audience,
  expiresAt: 1_500,
  kid: 'k1',
  lineage: [],
  delegated: false,
};
const ask = { at: 1_000, grantId: 'gr_2', jti: 'tk_2', kid: 'k2' };
const eventOf = (decision: { ok: true; events: readonly unknown[] } | { ok: false }) => (decision.ok ? decision.events[0] : undefined);

describe('an event leaves out what there is not', () => {
  const shared = { agentId: 'ag_1', subject: 'ag_1', subjectProfile: 'ai_agent', scope: ['notes:read'], audience, txn: 'tx_1' };

  it('when a token without key, class, lease and initial access token is issued', () => {
    expect(eventOf(issueToken({ ...ask, txn: 'tx_1' }, basis))).toStrictEqual({
      type: 'grant.token-issued',
      grantType: 'client_credentials',
      ...shared,
      grantId: 'gr_2',
      jti: 'tk_2',
      expiresAt: 1_600,
      kid: 'k2',
    });
  });

  it('when such a token is exchanged', () => {
    expect(eventOf(exchangeToken({ ...ask, subject: bearer }, basis))).toStrictEqual({
      type: 'grant.token-exchanged',
      parent: 'gr_1',
      parentJti: 'tk_1',
      ...shared,
      grantId: 'gr_2',
      handOver: 'unbound',
      jti: 'tk_2',
      expiresAt: 1_500,
      kid: 'k2',
      lineage: [{ grant: 'gr_1', agent: 'ag_1', kid: 'k1' }],
    });
  });

  it('when an initial access token is minted and an agent registered without a name', () => {
    const writers = {
      class: 'writers',
      profile: 'ai_agent',
      scope: ['notes:read'],
      audiences: [audience],
      grantTypes: ['client_credentials'],
      authMethods: ['private_key_jwt'],
      dpopRequired: true,
      accessTokenLifetime: 600,
      lease: 86_400,
      maxUses: 10,
      maxIatLifetime: 3_600,
    } as const;
    const lists = { scope: [...writers.scope], audiences: [...writers.audiences] };
    const defined: ConfigEvent = {
      type: 'config.class-defined',
      ...writers,
      ...lists,
      grantTypes: ['client_credentials'],
      authMethods: ['private_key_jwt'],
      by: 'op',
    };
    const state = config.evolve(config.initial, defined);
    const mint = {
      type: 'mint-iat',
      at: 1_000,
      iatId: 'it_1',
      class: state.classes['writers'],
      uses: 1,
      expiresAt: 2_000,
      tokenHash: 'h',
      config: state,
      operatorScope: [],
      operatorsApi: { resource: 'https://id.example/admin', scope: [] },
      by: 'op',
    } as const;
    const minting = iat.decide(mint, iat.initial);
    const minted = {
      type: 'iat.minted',
      iatId: 'it_1',
      class: 'writers',
      uses: 1,
      expiresAt: 2_000,
      tokenHash: 'h',
      ...lists,
      by: 'op',
    } as const;
    expect(eventOf(minting)).toStrictEqual(minted);
    const known = iat.evolve(iat.initial, minted);
    expect(known).toStrictEqual({
      status: 'open',
      iatId: 'it_1',
      class: 'writers',
      uses: 1,
      expiresAt: 2_000,
      tokenHash: 'h',
      ...lists,
      mintedBy: 'op',
    });
    const jwks = [{ kty: 'EC' }];
    const asked = { authMethod: 'private_key_jwt', jwks } as const;
    const registration = registering.decide(
      { type: 'register-agent', at: 1_000, agentId: 'ag_1', iat: known, config: state, slot: 1, ratHash: 'r', asked: { ...asked, jwks } },
      agent.initial,
    );
    expect(eventOf(registration)).toStrictEqual({
      type: 'agent.registered',
      agentId: 'ag_1',
      iatId: 'it_1',
      slot: 1,
      class: 'writers',
      profile: 'ai_agent',
      authMethod: 'private_key_jwt',
      jwks,
      grantTypes: ['client_credentials'],
      ...lists,
      dpopBound: true,
      ratHash: 'r',
      registeredAt: 1_000,
      leaseEndsAt: 87_400,
      by: 'it_1',
    });
  });
});

describe('exchanging for an agent that speaks inside its proof', () => {
  it('records what it said, with the agent’s key behind it (GW-25)', () => {
    const agentContext = { model: { name: 'm-1' }, run_id: 'r1' };
    expect(eventOf(exchangeToken({ ...ask, subject: bearer, agentContext }, basis))).toMatchObject({
      agentContext: { ...agentContext, vouchedBy: 'agent_key' },
    });
  });
});

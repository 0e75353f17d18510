import type { GrantEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { grant, type GrantCommand } from './grant.decider.js';

const issued: Extract<GrantEvent, { type: 'grant.token-issued' }> = {
  type: 'grant.token-issued',
  grantId: 'gr_1',
  grantType: 'client_credentials',
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read'],
  audience: 'https://notes.example',
  jti: 'tk_1',
  txn: 'tx_1',
  expiresAt: 1_600,
  kid: 'k1',
};
const exchanged: GrantEvent = {
  type: 'grant.token-exchanged',
  grantId: 'gr_2',
  parent: 'gr_1',
  parentJti: 'tk_1',
  agentId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: ['notes:read'],
  audience: 'https://notes.example',
  handOver: 'unbound',
  jti: 'tk_2',
  txn: 'tx_1',
  expiresAt: 1_300,
  kid: 'k1',
  lineage: [{ grant: 'gr_1', agent: 'ag_1', kid: 'k1' }],
};
const revoke: GrantCommand = { type: 'revoke-grant', cause: 'operator', reason: 'cancelled', by: 'op' };
const revoked: GrantEvent = { type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', reason: 'cancelled', by: 'op' };
const fold = (...history: GrantEvent[]) => history.reduce(grant.evolve, grant.initial);

describe('revoking a grant', () => {
  it('is recorded once, naming who and why', () => {
    given(grant, issued).when(revoke).then(revoked);
  });

  it('works for a child of an exchange alike', () => {
    given(grant, exchanged)
      .when(revoke)
      .then({ ...revoked, grantId: 'gr_2' });
  });

  it('needs no reason from a client that gives its own back', () => {
    given(grant, issued)
      .when({ type: 'revoke-grant', cause: 'client_request', by: 'ag_1' })
      .then({ type: 'grant.revoked', grantId: 'gr_1', cause: 'client_request', by: 'ag_1' });
  });

  it('is harmless a second time', () => {
    given(grant, issued, revoked).when(revoke).thenNothing();
  });

  it('refuses one that never was', () => {
    given(grant).when(revoke).thenRefused('grant_unknown');
  });
});

describe('the state of a grant', () => {
  it('is whose it is and until when', () => {
    expect(fold(issued)).toEqual({ status: 'live', grantId: 'gr_1', agentId: 'ag_1', expiresAt: 1_600 });
    expect(fold(exchanged)).toEqual({ status: 'live', grantId: 'gr_2', agentId: 'ag_1', expiresAt: 1_300 });
  });

  it('keeps that after its end', () => {
    expect(fold(issued, revoked)).toEqual({ status: 'revoked', grantId: 'gr_1', agentId: 'ag_1', expiresAt: 1_600 });
  });

  it('of one that never was stays unknown', () => {
    expect(fold(revoked)).toEqual({ status: 'unknown' });
  });
});

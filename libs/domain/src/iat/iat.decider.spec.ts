import type { ConfigEvent, IatEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { config, type IatClass } from '../config/config.decider.js';
import { iat, type IatCommand } from './iat.decider.js';

const readers: IatClass = {
  class: 'readers',
  profile: 'ai_agent',
  scope: ['notes:read'],
  audiences: ['https://notes.example'],
  grantTypes: ['client_credentials'],
  authMethods: ['private_key_jwt'],
  dpopRequired: true,
  accessTokenLifetime: 600,
  lease: 86_400,
  maxUses: 10,
  maxIatLifetime: 3_600,
};
const mint: Extract<IatCommand, { type: 'mint-iat' }> = {
  type: 'mint-iat',
  at: 1_000,
  iatId: 'it_1',
  class: readers,
  uses: 3,
  expiresAt: 2_000,
  tokenHash: 'h'.repeat(43),
  config: config.initial,
  operatorScope: ['op:registry'],
  operatorsApi: { resource: 'https://id.example/admin', scope: ['op:registry'] },
  by: 'op',
};
const minted: Extract<IatEvent, { type: 'iat.minted' }> = {
  type: 'iat.minted',
  iatId: 'it_1',
  class: 'readers',
  uses: 3,
  expiresAt: 2_000,
  tokenHash: 'h'.repeat(43),
  scope: ['notes:read'],
  audiences: ['https://notes.example'],
  by: 'op',
};
const close: IatCommand = { type: 'close-iat', reason: 'enough', by: 'op' };
const closed: IatEvent = { type: 'iat.closed', iatId: 'it_1', reason: 'enough', by: 'op' };
const revoke: IatCommand = { type: 'revoke-iat', reason: 'leaked', by: 'op' };
const revoked: IatEvent = { type: 'iat.revoked', iatId: 'it_1', reason: 'leaked', by: 'op' };
const fold = (...history: IatEvent[]) => history.reduce(iat.evolve, iat.initial);

describe('minting an initial access token', () => {
  it('records its class, uses, end and hash, and what the class grants now', () => {
    given(iat).when(mint).then(minted);
  });

  it('keeps a note for people', () => {
    given(iat)
      .when({ ...mint, note: 'for the summariser' })
      .then({ ...minted, note: 'for the summariser' });
  });

  it('keeps the key it is bound to, and who answers for it', () => {
    const more = { jkt: 'j'.repeat(43), owner: 'Mail team' };
    given(iat)
      .when({ ...mint, ...more })
      .then({ ...minted, ...more });
    expect(fold({ ...minted, ...more })).toMatchObject(more);
  });

  it('may open less than its class grants, and never more', () => {
    const wide = { ...readers, scope: ['notes:read', 'notes:write'], audiences: ['https://notes.example', 'https://mail.example'] };
    const narrow = { scope: ['notes:write'], audiences: ['https://mail.example'] };
    given(iat)
      .when({ ...mint, class: wide, ...narrow })
      .then({ ...minted, ...narrow });
    given(iat)
      .when({ ...mint, scope: ['notes:read', 'admin'] })
      .thenRefused('scope_exceeds_class');
    given(iat)
      .when({ ...mint, audiences: ['https://mail.example'] })
      .thenRefused('audience_exceeds_class');
  });

  it("opens no more of the operators' API than its minter has (S-003)", () => {
    const { operatorsApi } = mint;
    const admin: ConfigEvent = {
      type: 'config.resource-defined',
      ...operatorsApi,
      scope: ['op:registry', 'op:policy'],
      name: 'A',
      by: 'system',
    };
    const operators = { ...readers, scope: ['notes:read', 'op:registry', 'op:policy'], audiences: [operatorsApi.resource] };
    const ask = { ...mint, class: operators, config: config.evolve(config.initial, admin) };
    given(iat).when(ask).thenRefused('scope_exceeds_operator');
    // What is left out is not given away.
    const lists = { scope: ['notes:read', 'op:registry'], audiences: [operatorsApi.resource] };
    given(iat)
      .when({ ...ask, scope: lists.scope })
      .then({ ...minted, ...lists });
    given(iat)
      .when({ ...ask, operatorScope: ['op:registry', 'op:policy'] })
      .then({ ...minted, scope: operators.scope, audiences: operators.audiences });
  });

  it('refuses an identifier that is taken', () => {
    given(iat, minted).when(mint).thenRefused('iat_exists');
  });

  it('refuses a class that is not defined', () => {
    given(iat)
      .when({ ...mint, class: undefined })
      .thenRefused('class_unknown');
  });

  it('allows as many uses as the class, and not one more', () => {
    given(iat)
      .when({ ...mint, uses: 10 })
      .then({ ...minted, uses: 10 });
    given(iat)
      .when({ ...mint, uses: 11 })
      .thenRefused('uses_exceed_class');
  });

  it('refuses an end that is over already, this second included', () => {
    given(iat)
      .when({ ...mint, expiresAt: 1_001 })
      .then({ ...minted, expiresAt: 1_001 });
    given(iat)
      .when({ ...mint, expiresAt: 1_000 })
      .thenRefused('expiry_past');
  });

  it('waits as long as the class lets it, and not a second longer', () => {
    given(iat)
      .when({ ...mint, expiresAt: 4_600 })
      .then({ ...minted, expiresAt: 4_600 });
    given(iat)
      .when({ ...mint, expiresAt: 4_601 })
      .thenRefused('expiry_exceeds_class');
  });

  it('says the first thing an operator has to change first', () => {
    const wrong = { ...mint, class: undefined, uses: 11, expiresAt: 1 };
    given(iat, minted).when(wrong).thenRefused('iat_exists');
    given(iat).when(wrong).thenRefused('class_unknown');
    given(iat)
      .when({ ...wrong, class: readers })
      .thenRefused('uses_exceed_class');
    given(iat)
      .when({ ...wrong, class: readers, uses: 1 })
      .thenRefused('expiry_past');
  });
});

describe('closing an initial access token', () => {
  it('is recorded', () => {
    given(iat, minted).when(close).then(closed);
  });

  it('is harmless again, and after a revocation', () => {
    given(iat, minted, closed).when(close).thenNothing();
    given(iat, minted, revoked).when(close).thenNothing();
  });

  it('refuses one that never was', () => {
    given(iat).when(close).thenRefused('iat_unknown');
  });
});

describe('revoking an initial access token', () => {
  it('is recorded, also when it was closed', () => {
    given(iat, minted).when(revoke).then(revoked);
    given(iat, minted, closed).when(revoke).then(revoked);
  });

  it('is harmless a second time', () => {
    given(iat, minted, revoked).when(revoke).thenNothing();
  });

  it('refuses one that never was', () => {
    given(iat).when(revoke).thenRefused('iat_unknown');
  });
});

describe('the state of an initial access token', () => {
  it('is what registration needs to judge by', () => {
    expect(fold(minted)).toEqual({
      status: 'open',
      iatId: 'it_1',
      class: 'readers',
      uses: 3,
      expiresAt: 2_000,
      tokenHash: 'h'.repeat(43),
      scope: ['notes:read'],
      audiences: ['https://notes.example'],
      mintedBy: 'op',
    });
    expect(fold({ ...minted, note: 'for the summariser' })).toMatchObject({ note: 'for the summariser' });
  });

  it('has no bounds of its own where none were recorded', () => {
    const { scope: _scope, audiences: _audiences, ...earlier } = minted;
    expect(Object.keys(fold(earlier))).not.toEqual(expect.arrayContaining(['scope']));
    expect(Object.keys(fold(earlier))).not.toEqual(expect.arrayContaining(['audiences']));
  });

  it('ends revoked whatever comes after', () => {
    expect(fold(minted, closed).status).toBe('closed');
    expect(fold(minted, closed, revoked).status).toBe('revoked');
    expect(fold(minted, revoked, closed).status).toBe('revoked');
  });

  it('of one that never was stays unknown', () => {
    expect(fold(closed, revoked)).toEqual({ status: 'unknown' });
  });
});

import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { classFrom, documentOf, parseClass } from './class-document.js';

const least = {
  profile: 'ai_agent',
  scope: ['mail:read'],
  audiences: ['https://mail.example/api'],
  grant_types: ['client_credentials'],
  auth_methods: ['private_key_jwt'],
  sender_constraint: ['dpop'],
  access_token_lifetime: 600,
  lease: 86_400,
  max_uses: 10,
  max_iat_lifetime: 3_600,
};
const most = {
  ...least,
  owner: 'Mail team',
  scope: ['mail:read', 'mail:send'],
  default_scope: ['mail:read'],
  key_algorithms: ['ES256', 'PS256'],
  min_rsa_bits: 3_072,
  sender_constraint: ['dpop', 'bearer'],
  grace: 600,
  max_agents: 50,
  registrations_per_hour: 10,
  shared: true,
  approval_required: true,
  budgets: { calls_per_minute: 600, tokens_per_minute: 9_000, calls_per_mandate: 1_000, tokens_per_mandate: 50_000 },
};
const bytes = (stated: object) => Buffer.from(JSON.stringify(stated));
const refusalOf = (stated: object): string => {
  try {
    parseClass(bytes(stated));
  } catch (error) {
    if (error instanceof OAuthError) return `${error.refusal}: ${error.description}`;
    throw error;
  }
  return 'nothing was refused';
};

describe('a class as a document', () => {
  it('is shown as it was stated, whole or bare, so that it can be changed and stated again', () => {
    expect(documentOf(classFrom('mail', parseClass(bytes(most)), 'ag_op'))).toEqual(most);
    expect(documentOf(classFrom('mail', parseClass(bytes(least)), 'ag_op'))).toEqual({ ...least, owner: 'ag_op' });
  });

  it('has every member in its event, under a name of its own', () => {
    expect(classFrom('mail', parseClass(bytes(most)), 'ag_op')).toMatchObject({
      class: 'mail',
      owner: 'Mail team',
      defaultScope: ['mail:read'],
      keyAlgorithms: ['ES256', 'PS256'],
      minRsaBits: 3_072,
      dpopRequired: false,
      grace: 600,
      maxAgents: 50,
      registrationsPerHour: 10,
      shared: true,
      approvalRequired: true,
      budgets: { callsPerMinute: 600, tokensPerMinute: 9_000, callsPerMandate: 1_000, tokensPerMandate: 50_000 },
    });
  });

  it.each([
    ['redirect_uris', ['https://app.example/cb']],
    ['redirect_uris', 'https://app.example/cb'],
    ['refresh', true],
    ['refresh', { lifetime: 3_600 }],
    ['software_statements', ['https://vendor.example']],
    ['attestation', { issuer: 'https://cluster.example' }],
    ['attestation', null],
    ['sender_constraint', ['mtls']],
    ['sender_constraint', ['dpop', 'mtls']],
  ])('does not promise what is not here: %s %j (WIRE-20)', (member, asked) => {
    expect(refusalOf({ ...least, [member]: asked })).toMatch(new RegExp(`^member_not_available: ${member}.* is not available here$`));
  });

  it('may say that it has none of that', () => {
    const none = { redirect_uris: [], refresh: false, software_statements: [], attestation: [] };
    expect(documentOf(classFrom('mail', parseClass(bytes({ ...least, ...none })), 'ag_op'))).toEqual({ ...least, owner: 'ag_op' });
  });

  it.each([
    ['access_token_lifetime', 299],
    ['access_token_lifetime', 901],
    ['sender_constraint', []],
    ['sender_constraint', ['bearer']],
    ['sender_constraint', ['dpop', 'dpop']],
    ['sender_constraint', undefined],
    ['key_algorithms', ['RS256']],
    ['key_algorithms', []],
    ['min_rsa_bits', 1_024],
    ['min_rsa_bits', 8_192],
    ['max_agents', 0],
    ['registrations_per_hour', 1.5],
    ['grace', -1],
    ['default_scope', []],
    ['budgets', { calls_per_second: 1 }],
    ['owner', 'a\u202Eb'],
    ['x_policy', true],
  ])('is not one with %s %j', (member, asked) => {
    expect(refusalOf({ ...least, [member]: asked })).toMatch(/^body_malformed: /);
  });

  it('asks for no size of keys that it does not take', () => {
    expect(refusalOf({ ...least, key_algorithms: ['ES256'], min_rsa_bits: 3_072 })).toMatch(/^body_malformed: min_rsa_bits/);
    expect(refusalOf({ ...least, min_rsa_bits: 3_072 })).toBe('nothing was refused');
  });
});

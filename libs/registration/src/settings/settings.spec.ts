import type { Caller } from '@chancery/platform';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { operatorsApiOf } from './operators-api.js';
import { defineClass, type Definer, defineResource } from './settings.js';

const operator: Caller = {
  clientId: 'ag_op',
  scope: ['chancery:policy'],
  grantId: 'gr_1',
  jti: 'tk_1',
  iat: 1,
  kid: 'k1',
  profile: 'service',
};
const definer: Definer = { operator, operatorsApi: operatorsApiOf('https://id.example') };
const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));
const mail = { resource: 'https://mail.example/api', name: 'Mail', scope: ['mail:read'] };
const readers = {
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

const refusalOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return `${error.code} ${error.refusal}`;
    throw error;
  }
  return 'nothing was refused';
};
const resource = (change: object) => () => defineResource(bytes({ ...mail, ...change }), definer);

describe('a resource as an operator states it', () => {
  it('becomes a command with the form that all its spellings share', () => {
    expect(resource({})()).toEqual({
      type: 'define-resource',
      ...mail,
      canonical: 'https://mail.example/api',
      by: 'ag_op',
      operatorsApi: {
        resource: 'https://id.example/admin',
        scope: ['chancery:registry', 'chancery:revoke', 'chancery:audit', 'chancery:policy'],
      },
    });
    expect(resource({ resource: 'https://mail.example/' })()).toMatchObject({ canonical: 'https://mail.example' });
  });

  it.each([
    'urn:example:mail',
    'javascript:alert(1)',
    'ftp://mail.example',
    'mail.example',
    '//mail.example/api',
    'https://user@mail.example/',
    'https://mail.example/#f',
    'https://mail.example/#',
    'https://mail.example/a b',
    'https://mail.example/a\u0000',
    'https://mail.example/\u202Ea',
    'https://mail.example/a/../b',
    'HTTPS://mail.example/api',
    'https://mail.example:443/api',
    'https://mail.example\\api',
    `https://mail.example/${'a'.repeat(2_048)}`,
    '',
  ])('is not %j', (identifier) => {
    expect(refusalOf(resource({ resource: identifier }))).toBe('invalid_request body_malformed');
  });

  it.each([{ name: 'a\nb' }, { name: 'a\u202Eb' }, { scope: ['mail:read', 'mail:read'] }, { scope: [] }, { x: 1 }])(
    'is not with %j',
    (change) => {
      expect(refusalOf(resource(change))).toBe('invalid_request body_malformed');
    },
  );
});

describe('a class as an operator states it', () => {
  it('becomes a command with what its definer holds', () => {
    expect(defineClass('readers', bytes(readers), definer)).toMatchObject({
      class: 'readers',
      operatorScope: ['chancery:policy'],
      by: 'ag_op',
    });
  });

  it.each(['scope', 'audiences', 'grant_types', 'auth_methods'] as const)('says nothing twice in %s', (member) => {
    const twice = { ...readers, [member]: [...readers[member], ...readers[member]] };
    expect(refusalOf(() => defineClass('readers', bytes(twice), definer))).toBe('invalid_request body_malformed');
  });
});

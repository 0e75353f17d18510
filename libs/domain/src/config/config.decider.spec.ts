import type { ConfigEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { classOf, config, type ConfigCommand, resourceOf } from './config.decider.js';

const notes: Extract<ConfigEvent, { type: 'config.resource-defined' }> = {
  type: 'config.resource-defined',
  resource: 'https://notes.example',
  name: 'Notes',
  scope: ['notes:read', 'notes:write'],
  by: 'system',
};
const mail: ConfigEvent = { ...notes, resource: 'https://mail.example', name: 'Mail', scope: ['mail:read'] };

const operatorsApi = { resource: 'https://id.example/admin', scope: ['op:registry', 'op:policy'] };
const admin: ConfigEvent = { ...notes, ...operatorsApi, name: "Operators' API" };

const readers: Extract<ConfigCommand, { type: 'define-class' }> = {
  type: 'define-class',
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
  by: 'op',
  operatorScope: ['op:policy'],
  operatorsApi,
};
const { type: _type, operatorScope: _scope, operatorsApi: _api, ...defined } = readers;
const readersDefined: ConfigEvent = { type: 'config.class-defined', ...defined };

const { type: _notesType, ...said } = notes;
const defineNotes: Extract<ConfigCommand, { type: 'define-resource' }> = {
  type: 'define-resource',
  ...said,
  canonical: notes.resource,
  operatorsApi,
};

describe('defining a resource', () => {
  it('records it as it was said', () => {
    given(config).when(defineNotes).then(notes);
  });

  it('refuses every spelling but the one that all of them share', () => {
    for (const resource of ['HTTPS://notes.example', 'https://notes.example/', 'https://notes.example:443'])
      given(config, notes)
        .when({ ...defineNotes, resource })
        .thenRefused('resource_not_canonical');
  });

  it("lets the operators' API grow, and lose none of the scopes that operators stand on", () => {
    const grown = { resource: operatorsApi.resource, canonical: operatorsApi.resource, scope: ['op:new', ...operatorsApi.scope] };
    given(config, admin)
      .when({ ...defineNotes, ...grown })
      .then({ ...notes, resource: grown.resource, scope: grown.scope });
    for (const scope of [['op:registry'], ['x'], []])
      given(config, admin)
        .when({ ...defineNotes, ...grown, scope })
        .thenRefused('admin_scope_needed');
  });

  it('may be done again: the last word stands', () => {
    const narrowed: ConfigEvent = { ...notes, scope: ['notes:read'] };
    const state = [notes, narrowed].reduce(config.evolve, config.initial);
    expect(resourceOf(state, notes.resource)?.scope).toEqual(['notes:read']);
  });
});

describe('defining a class', () => {
  it('records it whole', () => {
    given(config, notes).when(readers).then(readersDefined);
  });

  it('may mix the scopes of all its audiences', () => {
    const both = { scope: ['notes:read', 'mail:read'], audiences: ['https://notes.example', 'https://mail.example'] };
    given(config, notes, mail)
      .when({ ...readers, ...both })
      .then({ type: 'config.class-defined', ...defined, ...both });
  });

  it('replaces what the class said before, and no other class', () => {
    const writers: ConfigEvent = { ...readersDefined, class: 'writers', scope: ['notes:write'] };
    const narrowed: ConfigEvent = { ...readersDefined, lease: 60 };
    const state = [notes, readersDefined, writers, narrowed].reduce(config.evolve, config.initial);
    expect(classOf(state, 'readers')?.lease).toBe(60);
    expect(classOf(state, 'writers')).toMatchObject({ scope: ['notes:write'], lease: 86_400 });
  });

  it('refuses an audience that is not registered', () => {
    given(config, mail).when(readers).thenRefused('resource_unknown');
    given(config, notes)
      .when({ ...readers, audiences: ['https://notes.example', 'https://mail.example'] })
      .thenRefused('resource_unknown');
  });

  it('refuses a scope that none of its audiences knows', () => {
    given(config, notes, mail)
      .when({ ...readers, scope: ['notes:read', 'mail:read'] })
      .thenRefused('scope_unknown');
  });

  it('refuses a default that it would not allow', () => {
    given(config, notes)
      .when({ ...readers, defaultScope: ['notes:read'] })
      .then({ type: 'config.class-defined', ...defined, defaultScope: ['notes:read'] });
    given(config, notes)
      .when({ ...readers, defaultScope: ['notes:read', 'notes:write'] })
      .thenRefused('default_scope_exceeds');
  });

  it("gives no more of the operators' API than the token of its definer holds (S-003)", () => {
    const own = { scope: ['notes:read', 'op:policy'], audiences: ['https://notes.example', operatorsApi.resource] };
    given(config, notes, admin)
      .when({ ...readers, ...own })
      .then({ type: 'config.class-defined', ...defined, ...own });
    given(config, notes, admin)
      .when({ ...readers, ...own, scope: [...own.scope, 'op:registry'] })
      .thenRefused('scope_exceeds_operator');
    given(config, notes, admin)
      .when({ ...readers, ...own, operatorScope: ['notes:read'] })
      .thenRefused('scope_exceeds_operator');
  });

  it("counts the scopes that the operators' API was given later", () => {
    const wider: ConfigEvent = { ...notes, resource: operatorsApi.resource, scope: [...operatorsApi.scope, 'op:new'] };
    given(config, admin, wider)
      .when({ ...readers, scope: ['op:new'], audiences: [operatorsApi.resource] })
      .thenRefused('scope_exceeds_operator');
  });

  it('says the unknown audience before the unknown scope', () => {
    given(config)
      .when({ ...readers, scope: ['x'] })
      .thenRefused('resource_unknown');
  });

  it.each(['constructor', '__proto__', 'toString'])('takes %s for no resource', (name) => {
    given(config, notes)
      .when({ ...readers, scope: [], audiences: [name] })
      .thenRefused('resource_unknown');
  });
});

describe('looking up a class or a resource', () => {
  const state = [notes, readersDefined].reduce(config.evolve, config.initial);

  it('finds what was defined, without who did it', () => {
    const { by: _by, ...readersNow } = defined;
    expect(classOf(state, 'readers')).toEqual(readersNow);
    expect(resourceOf(state, 'https://notes.example')).toEqual({ resource: notes.resource, name: 'Notes', scope: notes.scope });
  });

  it.each(['writers', 'constructor', '__proto__', 'hasOwnProperty', ''])('finds nothing for %j', (name) => {
    expect(classOf(state, name)).toBeUndefined();
    expect(resourceOf(state, name)).toBeUndefined();
  });

  it('finds a class that is called like what every object inherits', () => {
    const odd = [notes, { ...readersDefined, class: '__proto__' } as ConfigEvent, readersDefined].reduce(config.evolve, config.initial);
    expect(classOf(odd, '__proto__')?.class).toBe('__proto__');
    expect(classOf(odd, 'readers')?.class).toBe('readers');
  });
});

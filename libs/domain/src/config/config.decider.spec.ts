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
};
const { type: _type, ...defined } = readers;
const readersDefined: ConfigEvent = { type: 'config.class-defined', ...defined };

describe('defining a resource', () => {
  it('records it as it was said', () => {
    const { type: _notesType, ...said } = notes;
    given(config)
      .when({ type: 'define-resource', ...said })
      .then(notes);
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

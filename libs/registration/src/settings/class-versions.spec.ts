import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { OAuthError } from '@chancery/oauth';
import type { Caller } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { listClasses, listVersions, previewClass, showClass } from './class-versions.js';
import { operatorsApiOf } from './operators-api.js';
import { defineClass, type Definer, defineResource, settle } from './settings.js';

const definerOf = (clientId: string): Definer => {
  const operator: Caller = { clientId, scope: ['chancery:policy'], grantId: 'gr_1', jti: 'tk_1', iat: 1, kid: 'k1', profile: 'service' };
  return { operator, operatorsApi: operatorsApiOf('https://id.example') };
};
const readers = {
  profile: 'ai_agent',
  owner: 'Mail team',
  scope: ['mail:read', 'mail:send'],
  audiences: ['https://mail.example/api'],
  grant_types: ['client_credentials'],
  auth_methods: ['private_key_jwt'],
  sender_constraint: ['dpop'],
  access_token_lifetime: 600,
  lease: 86_400,
  max_uses: 10,
  max_iat_lifetime: 3_600,
};
const bytes = (stated: object) => Buffer.from(JSON.stringify(stated));
const define = (store: EventStore, stated: object, by = 'ag_first', name = 'readers') => {
  const definer = definerOf(by);
  return settle(defineClass(name, bytes(stated), definer), definer.operator, store);
};
async function storeWithMail(): Promise<EventStore> {
  const store = openMemoryStore();
  const definer = definerOf('ag_first');
  const mail = { resource: 'https://mail.example/api', name: 'Mail', scope: ['mail:read', 'mail:send'] };
  await settle(defineResource(bytes(mail), definer), definer.operator, store);
  return store;
}
const preview = (store: EventStore, stated: object) => previewClass(defineClass('readers', bytes(stated), definerOf('ag_first')), store);
const changed = { ...readers, scope: ['mail:read'], approval_required: true, lease: 3_600 };
const changes = [
  { member: 'scope', from: ['mail:read', 'mail:send'], to: ['mail:read'] },
  { member: 'lease', from: 86_400, to: 3_600 },
  { member: 'approval_required', to: true },
];
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;

describe('the versions of a class', () => {
  it('say who stated what when, and what it changed', async () => {
    const store = await storeWithMail();
    await define(store, readers);
    await define(store, { ...readers, owner: 'Other' }, 'ag_first', 'others');
    await define(store, changed, 'ag_second');
    await define(store, readers, 'ag_first');
    const { versions } = (await listVersions('readers', store)) as { versions: { changes: { member: string }[] }[] };
    expect(versions).toMatchObject([
      { version: 1, defined_by: 'ag_first', defined_at: isoTime },
      { version: 2, defined_by: 'ag_second', changes },
      {
        version: 3,
        defined_by: 'ag_first',
        changes: changes.map(({ member, from, to }) => ({ member, from: to, ...(from && { to: from }) })),
      },
    ]);
    expect(versions[0]?.changes.map(({ member }) => member)).toEqual(Object.keys(readers));
  });

  it('end in the one that is shown', async () => {
    const store = await storeWithMail();
    await define(store, readers);
    await define(store, changed, 'ag_second');
    expect(await showClass('readers', store)).toEqual({
      class: 'readers',
      version: 2,
      defined_by: 'ag_second',
      defined_at: isoTime,
      definition: changed,
    });
    await define(store, readers, 'ag_first', 'again');
    expect(await listClasses(store)).toEqual({
      classes: [
        { class: 'again', definition: readers },
        { class: 'readers', definition: changed },
      ],
    });
  });

  it.each(['nobody', 'constructor', ''])('are none of a class called %j', async (name) => {
    const store = await storeWithMail();
    for (const look of [showClass, listVersions]) await expect(look(name, store)).rejects.toMatchObject({ status: 404 });
  });
});

describe('what a definition would change', () => {
  it('is told without recording anything', async () => {
    const store = await storeWithMail();
    await define(store, readers);
    const before = await store.read('main/config/main');
    expect(await preview(store, changed)).toEqual({ class: 'readers', version: 1, changes });
    expect(await store.read('main/config/main')).toEqual(before);
  });

  it('is nothing where it says the same in another order', async () => {
    const store = await storeWithMail();
    await define(store, readers);
    expect(await preview(store, { ...readers, scope: readers.scope.toReversed() })).toMatchObject({ changes: [] });
  });

  it('of a class that is not there is all of it', async () => {
    const { version, changes: all } = (await preview(await storeWithMail(), readers)) as { version: number; changes: unknown[] };
    expect([version, all.length]).toEqual([0, Object.keys(readers).length]);
  });

  it('is judged as if it were made', async () => {
    const told = preview(await storeWithMail(), { ...readers, scope: ['nobody:knows'] });
    await expect(told).rejects.toThrow(OAuthError);
    await expect(told).rejects.toMatchObject({ refusal: 'scope_unknown' });
  });
});

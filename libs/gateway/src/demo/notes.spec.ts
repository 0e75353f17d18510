import { waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../spec-kit/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.gateway.start();
  await waitFor(() => world.gateway.ready());
});
afterAll(() => world.close());

const json = ['content-type', 'application/json'];
const add = (body: string, headers: readonly string[] = json) => world.call({ method: 'POST', body, headers });

describe('the demo notes', () => {
  it('keep what was added, in order', async () => {
    const added = await add('{"text":"first"}');
    expect(added.status).toBe(201);
    expect(JSON.parse(added.body)).toMatchObject({ text: 'first', at: '2026-09-21T14:13:20.000Z' });
    await add('{"text":"second"}');
    const listed = JSON.parse((await world.call()).body) as { notes: { text: string }[] };
    expect(listed.notes.map(({ text }) => text)).toEqual(['first', 'second']);
  });

  it.each<[string, string, readonly string[], number]>([
    ['no JSON', '{', json, 400],
    ['no object', '[]', json, 400],
    ['no text', '{}', json, 400],
    ['an empty text', '{"text":""}', json, 400],
    ['more than a text', '{"text":"a","more":1}', json, 400],
    ['a text twice', '{"text":"a","text":"b"}', json, 400],
    ['a form', 'text=a', ['content-type', 'application/x-www-form-urlencoded'], 415],
    ['no kind at all', '{"text":"a"}', [], 415],
    ['more than a kilobyte', `{"text":"${'a'.repeat(1_100)}"}`, json, 413],
  ])('take %s for a mistake', async (_name, body, headers, status) => {
    expect((await add(body, headers)).status).toBe(status);
  });

  it('are a hundred at most', async () => {
    for (let n = 0; n < 101; n += 1) await add(`{"text":"n${n}"}`);
    const { notes } = JSON.parse((await world.call()).body) as { notes: { text: string }[] };
    expect([notes.length, notes[0]?.text, notes.at(-1)?.text]).toEqual([100, 'n1', 'n100']);
  });
});

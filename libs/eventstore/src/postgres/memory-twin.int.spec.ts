import { freshDatabase } from '@chancery/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import type { AppendOutcome, EventStore, Fold } from '../contract.js';
import { openMemoryStore } from '../memory/open-memory-store.js';
import { openEventStore, type PostgresEventStore } from './open-event-store.js';
import { appendOf, newScene, streamsOf, type Scene, type Subject, wishes } from './spec-kit/random-appends.js';
import { stopClock, type StillClock } from './spec-kit/still-clock.js';

const types: Fold<readonly string[]> = { initial: [], evolve: (seen, { type }) => [...seen, type] };

describe('the event store on PostgreSQL and its memory twin, whatever is appended', () => {
  let database: StoreDatabase;
  let stores: Record<Subject, PostgresEventStore>;
  let clock: StillClock;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    clock = await stopClock(await database.connect());
    // One lane each: calls follow one another, so the order of positions is the order in which they happened.
    const open = (role: 'registration' | 'token') => openEventStore({ url: database.as(role), role, lanes: 1 });
    stores = { agent: await open('registration'), grant: await open('token') };
  });
  afterAll(async () => {
    await Promise.all(Object.values(stores).map((store) => store.close()));
    await database.close();
  });

  const begin = () => ({ scene: newScene(clock.second()), twin: openMemoryStore({ now: clock.now }) });
  const now = async (scene: Scene, twin: EventStore) => {
    const revisions = new Map(
      await Promise.all(streamsOf(scene).map(async (stream) => [stream, (await twin.read(stream)).length] as const)),
    );
    return { at: clock.second(), revisionOf: (stream: string) => revisions.get(stream) ?? 0 };
  };
  /** Positions are each store's own numbers; only their order is promised. */
  const said = (outcome: AppendOutcome) => ({ ...outcome, ...(outcome.outcome === 'recorded' && { position: 'its own' }) });
  const contentsOf = async (store: EventStore, scene: Scene) => {
    const events = (await Promise.all(streamsOf(scene).map((stream) => store.read(stream)))).flat();
    const ordered = events.toSorted((left, right) => Number(left.position - right.position));
    return ordered.map(({ stream, revision, at, event }) => ({ stream, revision, at, event }));
  };
  const foldsOf = (store: EventStore, scene: Scene) => Promise.all(streamsOf(scene).map((stream) => store.fold(stream, types, 'fresh')));

  it('are asked for everything there is an answer to', async () => {
    const seen = new Set<string>();
    // The seed is fixed: this says something about the stories and cannot fail by chance.
    for (const story of fc.sample(wishes({ minLength: 1, maxLength: 20 }), { seed: 1, numRuns: 100 })) {
      const { scene, twin } = begin();
      for (const wish of story) {
        const { outcome } = await twin.append(appendOf(wish, scene, await now(scene, twin)));
        seen.add(outcome);
      }
    }
    expect([...seen].toSorted()).toEqual(['expired', 'recorded', 'reserved', 'revoked', 'stale']);
  });

  it('answer the same, and then hold the same in the same order', async () => {
    const property = fc.asyncProperty(wishes({ minLength: 1, maxLength: 20 }), async (story) => {
      const { scene, twin } = begin();
      let last = 0n;
      for (const wish of story) {
        await clock.pass(wish.pause);
        const append = appendOf(wish, scene, await now(scene, twin));
        const answer = await stores[wish.subject].append(append);
        expect(said(answer)).toEqual(said(await twin.append(append)));
        if (answer.outcome !== 'recorded' || wish.parts.length === 0) continue;
        expect(answer.position).toBeGreaterThan(last);
        last = answer.position;
        const written = await Promise.all(append.streams.map(({ stream }) => stores[wish.subject].read(stream)));
        expect(written.at(-1)?.at(-1)?.position).toBe(last);
      }
      expect(await contentsOf(stores.grant, scene)).toEqual(await contentsOf(twin, scene));
      const folded = await foldsOf(twin, scene);
      expect(await foldsOf(stores.grant, scene)).toEqual(folded);
      expect(await foldsOf(stores.agent, scene)).toEqual(folded);
    });
    await fc.assert(property, { numRuns: 100 });
  }, 60_000);

  it('hold the same when appends travel together: what was recorded is what one at a time would have recorded, and what is final stays so', async () => {
    const property = fc.asyncProperty(wishes({ minLength: 2, maxLength: 24 }), async (story) => {
      const { scene, twin } = begin();
      // All of them were made before any was heard.
      const asked = await now(scene, twin);
      const appends = story
        .filter(({ parts, subject }) => parts.length > 0 && subject === 'grant')
        .map((wish) => appendOf(wish, scene, asked));
      const answers = await Promise.all(appends.map(async (append) => ({ append, answer: await stores.grant.append(append) })));
      // The first is on its way before there is another, so nobody travels with it.
      for (const { append, answer } of answers.slice(0, 1)) {
        const alone = await openMemoryStore({ now: clock.now }).append(append);
        expect(answer.outcome).toBe(alone.outcome);
      }
      const recorded = answers
        .flatMap(({ append, answer }) => (answer.outcome === 'recorded' ? [{ append, answer }] : []))
        .toSorted((left, right) => Number(left.answer.position - right.answer.position));
      for (const { append, answer } of recorded) expect(said(await twin.append(append))).toEqual(said(answer));
      expect(await contentsOf(stores.grant, scene)).toEqual(await contentsOf(twin, scene));
      const refusedForGood = answers.filter(({ answer }) => ['revoked', 'expired', 'reserved'].includes(answer.outcome));
      const later = await Promise.all(refusedForGood.map(({ append }) => twin.append(append)));
      expect(later.filter(({ outcome }) => outcome === 'recorded')).toEqual([]);
    });
    await fc.assert(property, { numRuns: 100 });
  }, 60_000);
});

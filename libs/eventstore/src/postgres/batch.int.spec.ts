import { freshDatabase } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, grantStream, issue, register, revokeGrant, suspend } from '../contract-suite/appends.js';
import { appendByHand, mutilated, somebodyWaits } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId, tokenIssued } from '../contract-suite/sample-events.js';
import type { Append } from '../contract.js';
import { lastingReservation, reservation } from '../keys.js';
import { giveBack, lookWithinCall } from '../migrations/sql/append.js';

const soon = () => Math.floor(Date.now() / 1000) + 60;

const proof = (id = newId('r')) => reservation('proof', [id], soon());

const story = (agentId: string, iatId: string): Append[] => [
  suspend(agentId, 1),
  register(newId('ag'), { unchanged: [{ stream: agentStream(agentId), revision: 1 }] }),
  register(newId('ag'), { notRevoked: [{ kind: 'agent', id: agentId }] }),
  register(newId('ag'), { notRevoked: [{ kind: 'iat', id: iatId }] }),
];

describe('several appends in one call', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let token: pg.Client;
  let registration: pg.Client;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, token, registration] = [await database.connect(), await database.connect('token'), await database.connect('registration')];
  });
  afterAll(() => database.close());

  const count = async (stream: string) => (await owner.query('select from es.event where stream = $1', [stream])).rowCount;

  it('stand each for itself: losers do not touch their neighbours', async () => {
    const [existing, used] = [newGrantId(), proof()];
    await appendByHand(token, 'token', [issue({}, existing), issue({ reserve: [used] })]);
    const gone = newGrantId();
    await appendByHand(token, 'token', [issue({}, gone), revokeGrant(newGrantId(), 0)]);
    await appendByHand(token, 'token', [revokeGrant(gone)]);
    const neighbours = [issue(), issue(), issue()];
    const { words, outcomes } = await appendByHand(token, 'token', [
      neighbours[0] as Append,
      revokeGrant(existing, 5),
      issue({ reserve: [proof(), used] }),
      neighbours[1] as Append,
      issue({ notRevoked: [{ kind: 'grant', id: gone }] }),
      issue({ reserve: [reservation('proof', ['old'], soon() - 1000)] }),
      neighbours[2] as Append,
    ]);
    expect(words).toEqual(['recorded', 'stale', 'reserved', 'recorded', 'revoked', 'expired', 'recorded']);
    expect(outcomes[2]).toEqual({ outcome: 'reserved', taken: 1 });
    for (const { streams } of neighbours) expect(await count(streams[0]?.stream ?? '')).toBe(1);
    expect(await count(grantStream(existing))).toBe(1);
  });

  it('have one winner for one stream, the first', async () => {
    const agentId = newId('ag');
    const { words } = await appendByHand(registration, 'registration', [register(agentId), register(agentId), register()]);
    expect(words).toEqual(['recorded', 'stale', 'recorded']);
    expect(await count(agentStream(agentId))).toBe(1);
  });

  it('have one winner for one reservation, the first, and the loser gives back its others', async () => {
    const [wanted, other] = [proof(), proof()];
    const { outcomes } = await appendByHand(token, 'token', [issue({ reserve: [wanted] }), issue({ reserve: [other, wanted] })]);
    expect(outcomes).toMatchObject([{ outcome: 'recorded' }, { outcome: 'reserved', taken: 1 }]);
    expect((await appendByHand(token, 'token', [issue({ reserve: [other] })])).words).toEqual(['recorded']);
  });

  it('find free what another loser of the call gives back: only a key that somebody keeps is told reserved', async () => {
    const [used, free] = [proof(), proof()];
    await appendByHand(token, 'token', [issue({ reserve: [used] })]);
    // Whichever key sorts first, the earlier append holds the free one while it loses on the other.
    const { words } = await appendByHand(token, 'token', [issue({ reserve: [free, used] }), issue({ reserve: [free] }), issue()]);
    expect(words).toEqual(['reserved', 'stale', 'recorded']);
    expect((await appendByHand(token, 'token', [issue({ reserve: [free] })])).words).toEqual(['recorded']);
  });

  it("would burn the loser's other reservations if it did not give them back", async () => {
    const burning = await mutilated(owner, 'token', [[giveBack, '']]);
    const [wanted, other] = [lastingReservation('slot', [newId('r')]), lastingReservation('slot', [newId('r')])];
    await appendByHand(token, 'token', [issue({ reserve: [wanted] }), issue({ reserve: [other, wanted] })], burning);
    expect((await appendByHand(token, 'token', [issue({ reserve: [other] })])).words).toEqual(['reserved']);
  });

  describe('behind one that ends what they rest on', () => {
    it('are stale', async () => {
      const agentId = newId('ag');
      await appendByHand(registration, 'registration', [register(agentId)]);
      const { words } = await appendByHand(registration, 'registration', story(agentId, newId('iat')));
      expect(words).toEqual(['recorded', 'stale', 'stale', 'recorded']);
    });

    it('are stale also when that one is not recorded: the next reading settles it', async () => {
      const agentId = newId('ag');
      const { words } = await appendByHand(registration, 'registration', story(agentId, newId('iat')));
      expect(words).toEqual(['stale', 'stale', 'stale', 'recorded']);
    });

    it('are not hindered by one that comes after them', async () => {
      const agentId = newId('ag');
      await appendByHand(registration, 'registration', [register(agentId)]);
      const { words } = await appendByHand(registration, 'registration', story(agentId, newId('iat')).toReversed());
      expect(words).toEqual(['recorded', 'recorded', 'recorded', 'recorded']);
    });

    it('would be recorded without the look at their own call', async () => {
      const agentId = newId('ag');
      await appendByHand(registration, 'registration', [register(agentId)]);
      const blind = await mutilated(owner, 'registration', [[lookWithinCall, '']]);
      const { words } = await appendByHand(registration, 'registration', story(agentId, newId('iat')), blind);
      expect(words).toEqual(['recorded', 'recorded', 'recorded', 'recorded']);
    });
  });

  it('lose a race for one of their streams alone, with all they would have written', async () => {
    const [raced, beside, slot] = [newGrantId(), newGrantId(), proof()];
    const rival = await database.connect('token');
    await rival.query('begin');
    await appendByHand(rival, 'token', [issue({}, raced)]);
    const neighbour = newGrantId();
    const loser: Append = {
      streams: [beside, raced].map((id) => ({ stream: grantStream(id), expected: 0, events: [tokenIssued(id)] })),
      reserve: [slot],
    };
    const call = appendByHand(token, 'token', [loser, issue({}, neighbour)]);
    await somebodyWaits(owner, 'transactionid');
    await rival.query('commit');
    expect((await call).words).toEqual(['stale', 'recorded']);
    expect([await count(grantStream(beside)), await count(grantStream(neighbour))]).toEqual([0, 1]);
    expect((await appendByHand(token, 'token', [issue({ reserve: [slot] })])).words).toEqual(['recorded']);
  });

  it.each([
    ['commits', 'commit', 'reserved'],
    ['rolls back', 'rollback', 'recorded'],
  ])('wait for a reservation in flight, and hear the truth when its owner %s', async (_, end, word) => {
    const reserve = [proof()];
    const rival = await database.connect('token');
    await rival.query('begin');
    await appendByHand(rival, 'token', [issue({ reserve })]);
    const call = appendByHand(token, 'token', [issue({ reserve }), issue()]);
    await somebodyWaits(owner, 'transactionid');
    await rival.query(end);
    expect((await call).words).toEqual([word, 'recorded']);
  });

  it('get positions in their order, whatever their streams are called', async () => {
    const ids = Array.from({ length: 20 }, () => newGrantId()).toReversed();
    const { outcomes } = await appendByHand(
      token,
      'token',
      ids.map((id) => issue({}, id)),
    );
    const positions = outcomes.map((outcome) => (outcome.outcome === 'recorded' ? outcome.position : -1n));
    expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
    const { rows } = await owner.query<{ stream: string }>('select stream from es.event where position = any($1) order by position', [
      positions.map(String),
    ]);
    expect(rows.map(({ stream }) => stream)).toEqual(ids.map(grantStream));
  });
});

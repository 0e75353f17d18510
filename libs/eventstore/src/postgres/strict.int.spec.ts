import { freshDatabase, waitFor } from '@chancery/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStream, issue, register, revokeGrant, suspend } from '../contract-suite/appends.js';
import { appendByHand, mutilated, somebodyWaits, type Answered } from '../contract-suite/by-hand.js';
import { storeDatabase, type StoreDatabase } from '../contract-suite/database.js';
import { newGrantId, newId } from '../contract-suite/sample-events.js';
import type { Append } from '../contract.js';
import { lockStripes, look, refuseForeignTransaction, stampTime } from '../migrations/sql/append.js';

/** Both orders of one conflict, made by holding the first call's transaction open until the second waits for it. */
describe('once an act that ends something has answered', () => {
  let database: StoreDatabase;
  let owner: pg.Client;
  let ending: pg.Client;
  let issuing: pg.Client;
  beforeAll(async () => {
    database = await storeDatabase(await freshDatabase());
    [owner, ending, issuing] = [await database.connect(), await database.connect(), await database.connect()];
  });
  afterAll(() => database.close());

  /** The act is answered and not yet committed when the issuance arrives. */
  const duringTheAct = async (act: () => Promise<Answered>, issuance: () => Promise<Answered>, waits = true): Promise<Answered> => {
    await ending.query('begin');
    await act();
    const call = issuance();
    if (waits) await somebodyWaits(owner, 'advisory');
    else await call;
    await ending.query('commit');
    return call;
  };

  const suspension = async () => {
    const agentId = newId('ag');
    await appendByHand(owner, 'registration', [register(agentId)]);
    return {
      act: () => appendByHand(ending, 'registration', [suspend(agentId)]),
      rests: { unchanged: [{ stream: agentStream(agentId), revision: 1 }] },
    };
  };
  const revocation = async () => {
    const grantId = newGrantId();
    await appendByHand(owner, 'token', [issue({}, grantId)]);
    return {
      act: () => appendByHand(ending, 'token', [revokeGrant(grantId)]),
      rests: { notRevoked: [{ kind: 'grant' as const, id: grantId }] },
    };
  };

  const completeThrough = async () =>
    BigInt((await owner.query<{ xmin: string }>('select pg_snapshot_xmin(pg_current_snapshot()) as xmin')).rows[0]?.xmin ?? '0');

  it('nothing is recorded that rests on the fenced stream as it was', async () => {
    const { act, rests } = await suspension();
    expect((await duringTheAct(act, () => appendByHand(issuing, 'token', [issue(rests), issue()]))).words).toEqual(['stale', 'recorded']);
  });

  it('nothing is recorded under what was revoked', async () => {
    const { act, rests } = await revocation();
    expect((await duringTheAct(act, () => appendByHand(issuing, 'token', [issue(rests), issue()]))).words).toEqual(['revoked', 'recorded']);
  });

  describe.each([
    ['a fence', suspension],
    ['a revocation', revocation],
  ])('%s', (_, prepare) => {
    it('would be overlooked without the locks', async () => {
      const unlocked = await mutilated(owner, 'token', [[lockStripes, '']]);
      const { act, rests } = await prepare();
      expect((await duringTheAct(act, () => appendByHand(issuing, 'token', [issue(rests)], unlocked), false)).words).toEqual(['recorded']);
    });

    it('would be overlooked in a snapshot from before the locks', async () => {
      const lookedTooEarly = await mutilated(owner, 'token', [
        [lockStripes, `${stampTime}${look}${lockStripes}`],
        [`begin\n        missed := '{}';\n        ${look}`, `begin\n        missed := '{}';`],
      ]);
      const { act, rests } = await prepare();
      expect((await duringTheAct(act, () => appendByHand(issuing, 'token', [issue(rests)], lookedTooEarly))).words).toEqual(['recorded']);
    });

    it('would be overlooked under REPEATABLE READ, so that is refused in every call', async () => {
      const trusting = await mutilated(owner, 'token', [[refuseForeignTransaction, '']]);
      const { act, rests } = await prepare();
      await issuing.query('begin isolation level repeatable read');
      await issuing.query('select from es.meta'); // takes the snapshot
      const { words } = await duringTheAct(act, () => appendByHand(issuing, 'token', [issue(rests)], trusting));
      await issuing.query('rollback');
      expect(words).toEqual(['recorded']);
    });
  });

  it('its T has waited for every issuance under it, so that its T is later than theirs', async () => {
    const agentId = newId('ag');
    await appendByHand(owner, 'registration', [register(agentId)]);
    await issuing.query('begin');
    const issued = await appendByHand(issuing, 'token', [issue({ notRevoked: [{ kind: 'agent', id: agentId }] })]);
    const act = appendByHand(ending, 'registration', [suspend(agentId)]);
    await somebodyWaits(owner, 'advisory');
    const { rows } = await owner.query<{ at: string }>('select (extract(epoch from es.now()) * 1000000)::bigint as at');
    await issuing.query('commit');
    const { at } = await act;
    expect(at).toBeGreaterThan(Number(rows[0]?.at));
    expect(at).toBeGreaterThan(issued.at);
  });

  it('a T stamped before the locks would miss what it waited for', async () => {
    const early = await mutilated(owner, 'registration', [
      [stampTime, ''],
      [lockStripes, `${stampTime}${lockStripes}`],
    ]);
    const agentId = newId('ag');
    await appendByHand(owner, 'registration', [register(agentId)]);
    await issuing.query('begin');
    await appendByHand(issuing, 'token', [issue({ notRevoked: [{ kind: 'agent', id: agentId }] })]);
    const act = appendByHand(ending, 'registration', [suspend(agentId)], early);
    await somebodyWaits(owner, 'advisory');
    const { rows } = await owner.query<{ at: string }>('select (extract(epoch from es.now()) * 1000000)::bigint as at');
    await issuing.query('commit');
    expect((await act).at).toBeLessThan(Number(rows[0]?.at));
  });

  it('those who only issue do not wait for one another', async () => {
    const agentId = newId('ag');
    const rests = { unchanged: [{ stream: agentStream(agentId), revision: 0 }], notRevoked: [{ kind: 'agent' as const, id: agentId }] };
    await issuing.query('begin');
    await appendByHand(issuing, 'token', [issue(rests)]);
    expect((await appendByHand(ending, 'token', [issue(rests)])).words).toEqual(['recorded']);
    await issuing.query('commit');
  });

  it.each<[string, string]>([
    ['isolated more strictly', 'begin isolation level repeatable read'],
    ['serializable', 'begin isolation level serializable'],
    ['that has written before', 'begin; select pg_current_xact_id()'],
  ])('is never decided in a transaction %s', async (_, begin) => {
    const client = await database.connect('token');
    const grant = newGrantId();
    await client.query(begin);
    await expect(appendByHand(client, 'token', [issue({}, grant)])).rejects.toMatchObject({ code: '25001' });
    await client.query('rollback');
    expect((await owner.query('select from es.event where stream = $1', [`main/grant/${grant}`])).rowCount).toBe(0);
  });

  describe('whoever holds the revocation set itself', () => {
    it('is told of what was revoked since it gathered', async () => {
      const { act, rests } = await revocation();
      const checkedThrough = await completeThrough();
      await act();
      expect((await appendByHand(issuing, 'token', [issue({ ...rests, checkedThrough }), issue({ checkedThrough })])).words).toEqual([
        'revoked',
        'recorded',
      ]);
    });

    it('is trusted for what came before', async () => {
      const { act, rests } = await revocation();
      await act();
      const [written] = (await owner.query<{ tx: string }>('select max(tx::text::bigint)::text as tx from es.revocation')).rows;
      // A transaction that is open in any database of the server holds it back.
      const checkedThrough = await waitFor(async () => {
        const through = await completeThrough();
        return through > BigInt(written?.tx ?? 0) && through;
      });
      expect((await appendByHand(issuing, 'token', [issue({ ...rests, checkedThrough })])).words).toEqual(['recorded']);
    });

    it('travels with others under the oldest gathering of all, or with none', async () => {
      const { act, rests } = await revocation();
      const older = await completeThrough();
      await act();
      const newer = await completeThrough();
      const appends: Append[] = [issue({ ...rests, checkedThrough: newer }), issue({ ...rests, checkedThrough: older })];
      expect((await appendByHand(issuing, 'token', appends)).words).toEqual(['revoked', 'revoked']);
      const beside: Append[] = [issue({ ...rests, checkedThrough: newer }), issue({ notRevoked: [{ kind: 'grant', id: newGrantId() }] })];
      expect((await appendByHand(issuing, 'token', beside)).words).toEqual(['revoked', 'recorded']);
    });
  });
});

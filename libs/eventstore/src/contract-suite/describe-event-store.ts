import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Append, AppendOutcome, EventStore, Fold } from '../contract.js';
import { lastingReservation, reservation } from '../keys.js';
import { agentStream, grantStream, issue, register, resume, revokeGrant, suspend } from './appends.js';
import { agentRegistered, grantRevoked, newGrantId, newId, tokenIssued } from './sample-events.js';

/** A store under test, as each service holds it. */
export interface OpenedStore {
  readonly registration: EventStore;
  readonly token: EventStore;
  /** Moves the store's clock so many seconds on. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const outcomes = (answers: readonly AppendOutcome[]) => answers.map(({ outcome }) => outcome);

/** The promises of design §4 that a single caller can see. Every store makes them; what only PostgreSQL can break has its specs there. */
export function describeEventStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the contract of the event store`, () => {
    let opened: OpenedStore;
    let registration: EventStore;
    let token: EventStore;
    beforeAll(async () => {
      opened = await open();
      ({ registration, token } = opened);
    });
    afterAll(() => opened.close());

    const registered = async () => {
      const agentId = newId('ag');
      expect(await registration.append(register(agentId))).toMatchObject({ outcome: 'recorded' });
      return agentId;
    };
    const issued = async () => {
      const grantId = newGrantId();
      expect(await token.append(issue({}, grantId))).toMatchObject({ outcome: 'recorded' });
      return grantId;
    };
    /** A whole second, well inside what can be reserved. */
    const soon = () => Math.floor(token.now()) + 60;

    describe('a stream', () => {
      it('holds what was appended, in order, with one time for one append', async () => {
        const grantId = newGrantId();
        const events = [tokenIssued(grantId), grantRevoked(grantId)];
        const answer = await token.append({ streams: [{ stream: grantStream(grantId), expected: 0, events }] });
        const stored = await token.read(grantStream(grantId));
        expect(stored.map(({ revision, event }) => ({ revision, event }))).toEqual(
          events.map((event, place) => ({ revision: place + 1, event })),
        );
        expect(answer).toEqual({ outcome: 'recorded', position: stored[1]?.position, at: stored[1]?.at });
        expect(stored[0]?.at).toBe(stored[1]?.at);
        expect(stored[0]?.stream).toBe(grantStream(grantId));
        expect(stored[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      });

      it('is empty when nobody appended to it', async () => {
        expect(await token.read(grantStream(newGrantId()))).toEqual([]);
      });

      it.each([0, 2, 7])('takes nothing at revision 1 from who expects %i', async (expected) => {
        const agentId = await registered();
        expect(await registration.append(resume(agentId, expected))).toEqual({ outcome: 'stale' });
        expect(await registration.read(agentStream(agentId))).toHaveLength(1);
        expect(await registration.append(resume(agentId, 1))).toMatchObject({ outcome: 'recorded' });
      });

      it('is written with the others of its append or not at all', async () => {
        const [fresh, existing] = [newGrantId(), await issued()];
        const both = (expected: number): Append => ({
          streams: [
            { stream: grantStream(fresh), expected: 0, events: [tokenIssued(fresh)] },
            { stream: grantStream(existing), expected, events: [grantRevoked(existing)] },
          ],
        });
        expect(await token.append(both(2))).toEqual({ outcome: 'stale' });
        expect(await token.read(grantStream(fresh))).toEqual([]);
        expect(await token.append(both(1))).toMatchObject({ outcome: 'recorded' });
        expect([(await token.read(grantStream(fresh))).length, (await token.read(grantStream(existing))).length]).toEqual([1, 2]);
      });

      it('has one winner for each revision', async () => {
        const agentId = await registered();
        const answers = await Promise.all(Array.from({ length: 20 }, () => registration.append(resume(agentId, 1))));
        expect(outcomes(answers).toSorted()).toEqual(['recorded', ...Array.from({ length: 19 }, () => 'stale')]);
        expect(await registration.read(agentStream(agentId))).toHaveLength(2);
      });
    });

    describe('a reservation', () => {
      it.each([
        ['in the ring', (id: string) => reservation('proof', [id], soon())],
        ['that lasts', (id: string) => lastingReservation('slot', [id])],
      ])('%s has one winner of fifty', async (_, make) => {
        const reserve = [make(newId('r'))];
        const answers = await Promise.all(Array.from({ length: 50 }, () => token.append(issue({ reserve }))));
        expect(outcomes(answers).toSorted()).toEqual(['recorded', ...Array.from({ length: 49 }, () => 'reserved')]);
      });

      it('says which of several was taken, and gives the others back', async () => {
        const [free, used] = [reservation('proof', [newId('r')], soon()), reservation('assertion', [newId('r')], soon())];
        expect(await token.append(issue({ reserve: [used] }))).toMatchObject({ outcome: 'recorded' });
        expect(await token.append(issue({ reserve: [free, used] }))).toEqual({ outcome: 'reserved', taken: 1 });
        expect(await token.append(issue({ reserve: [used, free] }))).toEqual({ outcome: 'reserved', taken: 0 });
        expect(await token.append(issue({ reserve: [free] }))).toMatchObject({ outcome: 'recorded' });
      });

      it('is taken by an append that records nothing besides', async () => {
        const reserve = [reservation('assertion', [newId('r')], soon())];
        expect(await token.append({ streams: [], reserve })).toMatchObject({ outcome: 'recorded' });
        expect(await token.append({ streams: [], reserve })).toEqual({ outcome: 'reserved', taken: 0 });
        expect(await token.append(issue({ reserve }))).toEqual({ outcome: 'reserved', taken: 0 });
      });

      it('is not taken by an append that is not recorded', async () => {
        const reserve = [reservation('proof', [newId('r')], soon())];
        const grantId = newGrantId();
        expect(await token.append({ ...revokeGrant(grantId, 3), reserve })).toEqual({ outcome: 'stale' });
        expect(await token.append(issue({ reserve }))).toMatchObject({ outcome: 'recorded' });
      });

      it('is expired a minute after its end, and when it ends too far ahead', async () => {
        const now = Math.floor(token.now());
        const ending = (end: number) => token.append(issue({ reserve: [reservation('proof', [newId('r')], end)] }));
        expect(outcomes(await Promise.all([ending(now - 50), ending(now + 1190)]))).toEqual(['recorded', 'recorded']);
        expect(await ending(now - 70)).toEqual({ outcome: 'expired' });
        expect(await ending(now + 1300)).toEqual({ outcome: 'expired' });
      });
    });

    describe('an unchanged guard', () => {
      it('holds through harmless events and falls at a fence', async () => {
        const agentId = await registered();
        const resting = (revision: number) => token.append(issue({ unchanged: [{ stream: agentStream(agentId), revision }] }));
        await registration.append(resume(agentId, 1));
        expect(await resting(1)).toMatchObject({ outcome: 'recorded' });
        await registration.append(suspend(agentId, 2));
        expect(await resting(2)).toEqual({ outcome: 'stale' });
        expect(await resting(3)).toMatchObject({ outcome: 'recorded' });
      });

      it('on the very stream that the append fences does not hinder it', async () => {
        const agentId = await registered();
        const stream = agentStream(agentId);
        expect(await registration.append({ ...suspend(agentId), unchanged: [{ stream, revision: 1 }] })).toMatchObject({
          outcome: 'recorded',
        });
      });
    });

    describe('a not-revoked guard', () => {
      it('falls for ever with a grant, whenever its authority is from', async () => {
        const grantId = await issued();
        const resting = (since?: number) =>
          token.append(issue({ notRevoked: [{ kind: 'grant', id: grantId, ...(since !== undefined && { since }) }] }));
        expect(await resting()).toMatchObject({ outcome: 'recorded' });
        await token.append(revokeGrant(grantId));
        expect(await resting()).toEqual({ outcome: 'revoked' });
        expect(await resting(4_000_000_000)).toEqual({ outcome: 'revoked' });
      });

      it('falls for an agent with authority from before T, which is rounded up, and not from after it', async () => {
        const agentId = await registered();
        const answer = await registration.append(suspend(agentId));
        const at = answer.outcome === 'recorded' ? answer.at : 0;
        const t = Math.floor(at / 1e6) + 1;
        const from = (since: number) => token.append(issue({ notRevoked: [{ kind: 'agent', id: agentId, since }] }));
        expect(outcomes(await Promise.all([from(t - 100), from(t), from(t + 1)]))).toEqual(['revoked', 'revoked', 'recorded']);
      });

      it('lets a resumed agent be issued something only after T', async () => {
        const agentId = await registered();
        await registration.append(suspend(agentId));
        await registration.append(resume(agentId, 2));
        const now = () => token.append(issue({ notRevoked: [{ kind: 'agent', id: agentId }] }));
        expect(await now()).toEqual({ outcome: 'revoked' });
        await opened.pass(2);
        expect(await now()).toMatchObject({ outcome: 'recorded' });
      });

      it('is about one subject of one kind', async () => {
        const grantId = await issued();
        await token.append(revokeGrant(grantId));
        const others = [{ kind: 'agent', id: grantId } as const, { kind: 'grant', id: newGrantId() } as const];
        expect(await token.append(issue({ notRevoked: others }))).toMatchObject({ outcome: 'recorded' });
      });

      it('holds when the revocation itself was not recorded', async () => {
        const grantId = await issued();
        expect(await token.append(revokeGrant(grantId, 3))).toEqual({ outcome: 'stale' });
        expect(await token.append(issue({ notRevoked: [{ kind: 'grant', id: grantId }] }))).toMatchObject({ outcome: 'recorded' });
      });

      it('does not hinder the append that revokes the subject', async () => {
        const grantId = await issued();
        const itself = { ...revokeGrant(grantId), notRevoked: [{ kind: 'grant', id: grantId } as const] };
        expect(await token.append(itself)).toMatchObject({ outcome: 'recorded' });
      });
    });

    it('answers what is final before what another reading could change', async () => {
      const grantId = await issued();
      await token.append(revokeGrant(grantId));
      const used = reservation('proof', [newId('r')], soon());
      await token.append(issue({ reserve: [used] }));
      const revoked = { notRevoked: [{ kind: 'grant', id: grantId } as const] };
      const expired = reservation('proof', [newId('r')], Math.floor(token.now()) - 500);
      const stale = { unchanged: [{ stream: grantStream(grantId), revision: 1 }] };
      expect(await token.append(issue({ ...revoked, ...stale, reserve: [expired, used] }))).toEqual({ outcome: 'revoked' });
      expect(await token.append(issue({ ...stale, reserve: [expired, used] }))).toEqual({ outcome: 'expired' });
      expect(await token.append(issue({ ...stale, reserve: [used] }))).toEqual({ outcome: 'stale' });
      expect(await token.append(issue({ reserve: [used] }))).toEqual({ outcome: 'reserved', taken: 0 });
    });

    describe('a folded state', () => {
      const count: Fold<number> = { initial: 0, evolve: (sum) => sum + 1 };

      it('carries the revision and the guard of what it was folded from', async () => {
        const agentId = await registered();
        const guard = { stream: agentStream(agentId), revision: 1 };
        expect(await token.fold(agentStream(agentId), count)).toEqual({ state: 1, revision: 1, guard });
        expect(await token.fold(agentStream('nobody'), count)).toEqual({
          state: 0,
          revision: 0,
          guard: { stream: agentStream('nobody'), revision: 0 },
        });
      });

      it('is not behind what the same store recorded', async () => {
        const agentId = await registered();
        expect((await registration.fold(agentStream(agentId), count)).state).toBe(1);
        await registration.append(suspend(agentId));
        expect((await registration.fold(agentStream(agentId), count)).state).toBe(2);
      });

      it('may be behind, which its guard finds out and a fresh reading mends', async () => {
        const agentId = await registered();
        const cached = await token.fold(agentStream(agentId), count);
        await registration.append(suspend(agentId));
        expect(await token.append(issue({ unchanged: [cached.guard] }))).toEqual({ outcome: 'stale' });
        const fresh = await token.fold(agentStream(agentId), count, 'fresh');
        expect(fresh.state).toBe(2);
        expect(await token.append(issue({ unchanged: [fresh.guard] }))).toMatchObject({ outcome: 'recorded' });
      });
    });

    it('knows the time of what it records', async () => {
      const before = token.now();
      const answer = await token.append(issue());
      const at = answer.outcome === 'recorded' ? answer.at / 1e6 : 0;
      expect(at).toBeGreaterThan(before - 0.1);
      expect(at).toBeLessThan(token.now() + 0.1);
    });

    it.each<[string, () => Append]>([
      ['no stream', () => ({ streams: [] })],
      ['a stream twice', () => ({ streams: [...register('ag_t').streams, ...suspend('ag_t').streams] })],
      [
        'an event in a stream of another category',
        () => ({ streams: [{ stream: 'main/grant/x', expected: 0, events: [agentRegistered('ag_t')] }] }),
      ],
      ['no stream name', () => ({ streams: [{ stream: 'agent', expected: 0, events: [agentRegistered('ag_t')] }] })],
      ['a fraction of a revision', () => resume('ag_t', 0.5)],
      ['authority from second 0', () => register('ag_t', { notRevoked: [{ kind: 'agent', id: 'ag_1', since: 0 }] })],
      [
        'the same reservation twice',
        () => register('ag_t', { reserve: [lastingReservation('slot', ['1']), lastingReservation('slot', ['1'])] }),
      ],
    ])('takes no append with %s', async (_, make) => {
      await expect(registration.append(make())).rejects.toThrow(TypeError);
    });
  });
}

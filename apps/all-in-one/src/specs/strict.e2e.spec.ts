import { seededRandom } from '@chancery/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../spec-kit/at-once.js';
import { operatorFrom } from '../spec-kit/clients.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Replicas, replicasOn } from '../spec-kit/replica.js';
import { kinds } from '../spec-kit/strict/kinds.js';
import { planRounds } from '../spec-kit/strict/plan.js';
import { type Played, playRound } from '../spec-kit/strict/play-round.js';
import { denials, endings, violations } from '../spec-kit/strict/violations.js';
import { openWorld, type World } from '../spec-kit/strict/world.js';

const atATime = 8;

/** The proof of design §4, "Strict": two processes over one database with production settings, and a thousand races. */
describe('once an act that reduces authority has answered', () => {
  let database: DurableDatabase;
  let replicas: Replicas;
  let world: World;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await durableDatabase();
    replicas = await replicasOn(database.url);
    const [one, two] = [await replicas.start(0), await replicas.start(1)];
    world = await openWorld(operatorFrom(one.operator), [one.url, two.url]);
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
  }, 120_000);
  afterAll(async () => {
    await owner?.end();
    await replicas?.close();
    await database?.close();
  });

  it('nothing is issued under what it ended, at either replica, and what was issued before is dead everywhere', async () => {
    const played: Played[] = [];
    await inParallel(planRounds(seededRandom()), atATime, async (plan) => {
      try {
        played.push(await playRound(plan, world));
      } catch (e) {
        console.log(
          plan.number,
          e,
          (
            await owner.query(
              `select convert_from(data,'utf8') d from bus.activity where type='activity.denied' and convert_from(data,'utf8') not like '%token_revoked%'`,
            )
          ).rows,
        );
        throw e;
      }
    });

    for (const [kind] of kinds) console.log(kind.name, outcomes(played, kind.name));
    console.log((await violations(owner)).length, await denials(owner));
    expect(played.flatMap(({ deviations }) => deviations)).toEqual([]);
    expect(await violations(owner)).toEqual([]);
    expect(await denials(owner)).toEqual(['token_revoked']);
    // A second revocation says nothing new.
    expect(await endings(owner)).toEqual({
      'grant.revoked': { ended: 400, twice: 0 },
      'agent.suspended': { ended: 200, twice: 0 },
      'agent.revoked': { ended: 150, twice: 0 },
      'iat.revoked': { ended: 150, twice: 0 },
    });
    // Races that all go one way would prove nothing.
    for (const [kind, rounds] of kinds) {
      const { given, refused } = outcomes(played, kind.name);
      expect(given, kind.name).toBeGreaterThan(rounds / 4);
      expect(refused, kind.name).toBeGreaterThan(rounds / 4);
    }
  }, 400_000);
});

const outcomes = (played: readonly Played[], name: string): Played['raced'] => {
  const races = played.filter(({ kind }) => kind.name === name).map(({ raced }) => raced);
  const sum = (of: keyof Played['raced']) => races.reduce((total, race) => total + race[of], 0);
  return { given: sum('given'), refused: sum('refused'), again: sum('again') };
};

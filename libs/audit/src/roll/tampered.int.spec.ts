import { describe, expect, it } from 'vitest';
import { bothSay } from '../spec-kit/both-verifiers.js';
import { type RollWorld, rollWorld } from '../spec-kit/roll-world.js';
import { latestCheckpoint } from './checkpoints.js';
import { cutCheckpoint } from './cut-checkpoint.js';
import { RollBroken } from './roll-broken.js';

/** Thirty entries under three checkpoints. */
async function signedRoll(): Promise<RollWorld> {
  const world = await rollWorld();
  for (let round = 0; round < 3; round++) {
    await world.log(10);
    await cutCheckpoint(world.deps);
  }
  expect(await bothSay(await world.export(), world.key)).toEqual(['verified', 'verified']);
  return world;
}

describe('a roll that somebody with the database’s own rights has changed (S-144, REL-D17)', () => {
  it.each<[string, readonly string[], number]>([
    ['one byte of an entry', ['UPDATE audit.log_entry SET data = set_byte(data, 5, get_byte(data, 5) # 1) WHERE position = 17'], 17],
    ['when it was', ["UPDATE audit.log_entry SET at = at + interval '1 microsecond' WHERE position = 17"], 17],
    ['of whom it is', ["UPDATE audit.log_entry SET stream = 'main/gateway/gw-2' WHERE position = 17"], 17],
    ['its chain hash', ['UPDATE audit.roll_entry SET hash = set_byte(hash, 5, get_byte(hash, 5) # 1) WHERE position = 17'], 17],
    ['by taking one out', ['DELETE FROM audit.log_entry WHERE position = 17'], 17],
    [
      'by swapping two',
      [
        'UPDATE audit.log_entry SET position = 99 WHERE position = 17',
        'UPDATE audit.log_entry SET position = 17 WHERE position = 18',
        'UPDATE audit.log_entry SET position = 18 WHERE position = 99',
      ],
      17,
    ],
    ['by cutting its tail', ['DELETE FROM audit.log_entry WHERE position > 17'], 18],
  ])('is broken at the position: %s', async (_name, statements, position) => {
    const { owner, export: exported, key } = await signedRoll();
    for (const statement of statements) await owner.query(statement);
    expect(await bothSay(await exported(), key)).toEqual([position, position]);
  });

  it('and whose tail was cut, chain and all, contradicts the last signed checkpoint: nothing more is signed', async () => {
    const { deps, owner, export: exported, key } = await signedRoll();
    await owner.query('DELETE FROM audit.log_entry WHERE position > 17');
    await owner.query('DELETE FROM audit.roll_entry WHERE position > 17');
    await owner.query('UPDATE audit.head SET position = 17');
    await expect(cutCheckpoint(deps)).rejects.toThrow(RollBroken);
    expect((await latestCheckpoint(deps.dataSource, 'main'))?.size).toBe(30);
    expect(await bothSay(await exported({}, false), key)).toEqual([18, 18]);
  });

  it('and was chained anew is not signed any more, and broken behind the checkpoint that held', async () => {
    const { deps, owner, export: exported, key, log } = await signedRoll();
    await owner.query('UPDATE audit.log_entry SET data = set_byte(data, 5, get_byte(data, 5) # 1) WHERE position = 17');
    await owner.query('DELETE FROM audit.roll_entry WHERE position > 16');
    await log(1);
    await expect(cutCheckpoint(deps)).rejects.toThrow(RollBroken);
    expect(await bothSay(await exported({ to: 30 }, false), key)).toEqual([11, 11]);
  });

  it('and whose last checkpoint was written anew is not signed any more', async () => {
    const { deps, owner, log } = await signedRoll();
    await owner.query("UPDATE audit.roll_checkpoint SET note = replace(note, E'\\n30\\n', E'\\n29\\n') WHERE size = 30");
    await log(1);
    await expect(cutCheckpoint(deps)).rejects.toThrow(RollBroken);
  });

  it.each([
    ['of which the log took back numbers', 'the log numbers entries that the roll has already', ['UPDATE audit.head SET position = 20']],
    [
      'of which the log was cut',
      'the log numbers entries that the roll has already',
      ['DELETE FROM audit.log_entry WHERE position > 20', 'UPDATE audit.head SET position = 20'],
    ],
    [
      'of which the log took back numbers of agents alone',
      'a number of the log is given already',
      ["INSERT INTO audit.log_agent VALUES ('main', 'ag_1', 31)"],
    ],
    ['of which the log lost its last number', 'the log has lost its last number', ['DELETE FROM audit.head']],
    ['of which subtrees are gone', 'subtrees of the roll are missing', ['DELETE FROM audit.roll_entry WHERE position = 16']],
  ])('and %s takes nothing more', async (_name, refusal, statements) => {
    const { owner, log } = await signedRoll();
    for (const statement of statements) await owner.query(statement);
    const newest = 'SELECT max(position) AS position FROM audit.log_entry';
    const before: unknown = await owner.query(newest);
    const thrown: unknown = await log(1).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RollBroken);
    expect(String(thrown)).toContain(refusal);
    expect(await owner.query(newest)).toEqual(before);
  });

  it('and has a gap takes nothing more', async () => {
    const { owner, log } = await signedRoll();
    await owner.query('UPDATE audit.head SET position = 31');
    await expect(log(1)).rejects.toThrow('entry 31 of the log is missing');
  });
});

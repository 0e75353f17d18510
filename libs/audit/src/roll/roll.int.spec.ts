import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { appendEntries } from '../log/append-entries.js';
import { bothSay } from '../spec-kit/both-verifiers.js';
import { allowed, exchanged, issued, messageOf } from '../spec-kit/records.js';
import { rollKey } from '../spec-kit/roll.js';
import { rollWorld } from '../spec-kit/roll-world.js';
import { checkpointsOver } from './checkpoints.js';
import { cutCheckpoint } from './cut-checkpoint.js';
import { proofOf } from './export-roll.js';
import { catchUp } from './extend-roll.js';

const bothVerify = ['verified', 'verified'];
const count = async (database: DataSource, table: string): Promise<number> => {
  const [row]: { n: string }[] = await database.query(`SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n);
};

describe('the roll', () => {
  it('has every entry of the log once, in one transaction with it, whatever its type', async () => {
    const { deps, owner, export: exported, key } = await rollWorld();
    const events = [
      messageOf(issued(), { source: 'main/grant/gr_1', sequence: 1 }),
      messageOf(exchanged, { source: 'main/grant/gr_2', sequence: 2 }),
      messageOf(allowed(1, { path: '/demo/“ünïcode”/\u202e' })),
    ];
    await appendEntries(deps.dataSource, events);
    await appendEntries(deps.dataSource, events.toReversed());
    const broken = messageOf(allowed(2), { id: 'no uuid' });
    await expect(appendEntries(deps.dataSource, [messageOf(allowed(3)), broken])).rejects.toThrow('invalid input syntax');
    expect([await count(owner, 'audit.log_entry'), await count(owner, 'audit.roll_entry')]).toEqual([3, 3]);
    const lines = await exported();
    expect(lines.slice(1, 4).map((line) => JSON.parse(line) as object)).toMatchObject([
      { position: 1, type: 'grant.token-issued', version: 1, stream: 'main/grant/gr_1', revision: 1, data: { jti: 'tk_1' } },
      { position: 2, type: 'grant.token-exchanged', stream: 'main/grant/gr_2', revision: 2, at: '2026-09-21T14:13:20.000001Z' },
      { position: 3, type: 'activity.allowed', stream: 'main/gateway/gw-1', revision: null, data: { path: '/demo/“ünïcode”/\u202e' } },
    ]);
    expect(await bothSay(lines, key)).toEqual(bothVerify);
  });

  it('is one chain, however many replicas write at once', async () => {
    const { deps, owner, export: exported, key } = await rollWorld();
    const messages = Array.from({ length: 120 }, (_, n) => messageOf(allowed(n + 1)));
    const batches = (step: number) => Array.from({ length: Math.ceil(120 / step) }, (_, n) => messages.slice(n * step, (n + 1) * step));
    await Promise.all([...batches(7), ...batches(11)].map((batch) => appendEntries(deps.dataSource, batch)));
    expect(await count(owner, 'audit.roll_entry')).toBe(120);
    expect(await bothSay(await exported(), key)).toEqual(bothVerify);
  });

  it('takes up a log that was there before it', async () => {
    const { deps, owner, export: exported, key, log } = await rollWorld();
    await log(40);
    await owner.query('TRUNCATE audit.roll_entry');
    expect(await catchUp(deps.dataSource, 'main')).toBe(40);
    await log(5);
    expect(await bothSay(await exported(), key)).toEqual(bothVerify);
  });

  it('takes up such a log with the next records, too, before them', async () => {
    const { owner, export: exported, key, log } = await rollWorld();
    await log(40);
    await owner.query('TRUNCATE audit.roll_entry');
    await log(5);
    expect(await count(owner, 'audit.roll_entry')).toBe(45);
    expect(await bothSay(await exported(), key)).toEqual(bothVerify);
  });

  it.each([
    'UPDATE audit.roll_entry SET hash = hash',
    'DELETE FROM audit.roll_entry',
    'TRUNCATE audit.roll_entry',
    "UPDATE audit.roll_checkpoint SET note = ''",
    'DELETE FROM audit.roll_checkpoint',
  ])('cannot be rewritten by its own service: %s', async (statement) => {
    const { deps } = await rollWorld();
    await expect(deps.dataSource.query(statement)).rejects.toThrow('permission denied');
  });
});

describe('a part of the roll', () => {
  it('is proven by itself, from any position to any other', async () => {
    const { deps, export: exported, key, log } = await rollWorld();
    await log(9);
    await cutCheckpoint(deps);
    await log(12);
    await cutCheckpoint(deps);
    for (const [from, to] of [
      [1, 21],
      [1, 1],
      [2, 9],
      [9, 10],
      [10, 20],
      [21, 21],
      [4, 13],
    ] as const) {
      const lines = await exported({ from, to }, false);
      expect([from, to, ...(await bothSay(lines, key))]).toEqual([from, to, ...bothVerify]);
    }
  });

  it('is broken for both when what came before it, or comes after it, is said to be something else', async () => {
    const { deps, export: exported, key, log } = await rollWorld();
    await log(21);
    await cutCheckpoint(deps);
    const lines = await exported({ from: 6, to: 13 }, false);
    const other = Buffer.alloc(32, 1).toString('base64');
    const header = JSON.parse(lines[0] as string) as { frontier: string[]; before: string };
    const consistency = JSON.parse(lines.at(-1) as string) as { consistency: { hashes: string[] } };
    const changedFrontier = JSON.stringify({ ...header, frontier: header.frontier.with(0, other) });
    const { hashes } = consistency.consistency;
    const changedProof = JSON.stringify({ consistency: { ...consistency.consistency, hashes: hashes.with(0, other) } });
    expect(await bothSay(lines.with(0, changedFrontier), key)).toEqual([6, 6]);
    expect(await bothSay([...lines.slice(0, -1), changedProof], key)).toEqual([6, 6]);
    expect(await bothSay(lines.slice(0, -1), key)).toEqual([6, 6]);
    expect(await bothSay(lines.with(3, lines[4] as string), key)).toEqual([8, 8]);
  });

  it('shows at most about a thousand checkpoints, evenly spread, and the first that covers its end', async () => {
    const { deps, owner, key } = await rollWorld();
    await owner.query(
      `INSERT INTO audit.roll_checkpoint (tenant, size, kid, note) SELECT 'main', n, $1, '' FROM generate_series(1, 5000) n`,
      [key.kid],
    );
    const sizes = (await checkpointsOver(deps.dataSource, 'main', { from: 1, to: 4_500, kid: key.kid })).map(({ size }) => size);
    expect(sizes.at(-1)).toBe(4_500);
    expect(sizes.length).toBeGreaterThan(800);
    expect(sizes.length).toBeLessThanOrEqual(1_001);
    expect(Math.max(...sizes.slice(1).map((size, index) => size - (sizes[index] as number)))).toBeLessThanOrEqual(6);
  });
});

describe('an inclusion proof', () => {
  it('is there for every entry under a checkpoint, and verified by both', async () => {
    const { deps, key, log } = await rollWorld();
    await log(13);
    await cutCheckpoint(deps);
    for (let position = 1; position <= 13; position++)
      expect([position, ...(await bothSay([(await proofOf(position, deps)) as string], key))]).toEqual([position, ...bothVerify]);
    await log(1);
    expect([await proofOf(14, deps), await proofOf(15, deps)]).toEqual([undefined, undefined]);
  });

  it('is none for both when the entry, the place, the path, the checkpoint or the key is another one', async () => {
    const { deps, key, log } = await rollWorld();
    await log(13);
    await cutCheckpoint(deps);
    const proof = (await proofOf(5, deps)) as string;
    const other = (await proofOf(6, deps)) as string;
    const { entry: otherEntry } = JSON.parse(other) as { entry: string };
    const { entry } = JSON.parse(proof) as { entry: string };
    const wrong = [
      proof.replace('\\"number\\":5', '\\"number\\":6'),
      proof.replace(JSON.stringify(entry), JSON.stringify(otherEntry)),
      proof.replace('"position":5,"size"', '"position":6,"size"'),
      proof.replace(/"hashes":\["[^"]*",/, '"hashes":['),
    ];
    for (const [index, line] of wrong.entries()) {
      expect([index, line === proof]).toEqual([index, false]);
      const position = index === 2 ? 6 : 5;
      expect([index, ...(await bothSay([line], key))]).toEqual([index, position, position]);
    }
    expect(await bothSay([proof], rollKey())).toEqual([5, 5]);
    expect(await bothSay([proof, proof], key)).toEqual([6, 6]);
  });
});

describe('a checkpoint', () => {
  it('is cut when the roll has grown, and only then', async () => {
    const { deps, owner, log } = await rollWorld();
    expect(await cutCheckpoint(deps)).toBeUndefined();
    await log(3);
    const first = await cutCheckpoint(deps);
    expect(await cutCheckpoint(deps)).toEqual(first);
    await log(1);
    expect([first?.size, (await cutCheckpoint(deps))?.size, await count(owner, 'audit.roll_checkpoint')]).toEqual([3, 4, 2]);
  });

  it('is cut by two replicas at once as one', async () => {
    const { deps, owner, log } = await rollWorld();
    await log(3);
    const [one, other] = await Promise.all([cutCheckpoint(deps), cutCheckpoint(deps)]);
    expect(one).toEqual(other);
    expect(await count(owner, 'audit.roll_checkpoint')).toBe(1);
  });

  it('of a new key covers all that the old one did', async () => {
    const { deps, export: exported, key, log, sign } = await rollWorld();
    await log(8);
    await cutCheckpoint(deps);
    const next = rollKey('roll-2');
    sign(next);
    const lines = await exported();
    expect(await bothSay(lines, next)).toEqual(bothVerify);
    expect(await bothSay(lines, key)).toEqual([1, 1]);
  });
});

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { seededRandom } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { bothSay, ours } from '../../spec-kit/both-verifiers.js';
import { rollKey } from '../../spec-kit/roll.js';
import { rolled, said } from '../../spec-kit/rolled.js';
import { RollVerifier } from './roll-verifier.js';

const key = rollKey();
const sizes = [10, 20, 30];
const honest = rolled(30, key, { sizes });
const bytes = Buffer.from(`${honest.join('\n')}\n`);
/** The line of an entry. */
const at = (position: number): string => honest[position] as string;

describe('what the first release wrote', () => {
  // Never edited: files like these lie with auditors.
  it.each(['roll.v1.jsonl', 'proof.v1.jsonl'])('is verified still: %s', async (name) => {
    expect(await bothSay(readFileSync(new URL(`fixtures/${name}`, import.meta.url)), rollKey('k', 7))).toEqual(['verified', 'verified']);
  });
});

describe('an export of the roll', () => {
  it('is verified by both when it is what was recorded', async () => {
    expect(await bothSay(honest, key)).toEqual(['verified', 'verified']);
    expect(await bothSay(rolled(1, key), key)).toEqual(['verified', 'verified']);
  });

  const flipped = at(17).replace('"number":17', '"number":16');
  const other = rollKey();
  const resigned = rolled(30, other, { sizes });
  it.each<[string, string[], number]>([
    ['a byte of an entry is flipped', honest.with(17, flipped), 17],
    ['an entry is dropped', honest.toSpliced(17, 1), 17],
    ['the first entry is dropped', honest.toSpliced(1, 1), 1],
    ['the last entry is dropped', honest.toSpliced(30, 1), 30],
    ['two neighbours are swapped', honest.with(17, at(18)).with(18, at(17)), 17],
    ['two far ones are swapped', honest.with(3, at(25)).with(25, at(3)), 3],
    ['an entry is there twice', honest.toSpliced(17, 0, at(17)), 18],
    ['an entry cannot be parsed', honest.with(17, at(17).slice(0, 60)), 17],
    ['an entry is an empty line', honest.with(17, ''), 17],
    ['it ends behind an entry', honest.slice(0, 18), 18],
    ['it ends before its checkpoints', honest.slice(0, 31), 1],
    ['its last checkpoint is gone', honest.slice(0, -1), 21],
    ['a checkpoint in the middle is gone', honest.toSpliced(32, 1), 11],
    ['it was signed by another key', resigned, 1],
    ['its last checkpoint was signed by another key', [...honest.slice(0, -1), resigned.at(-1) as string], 21],
    ['it says nothing', [''], 1],
    ['it has no header', honest.slice(1), 1],
    ['something follows it', [...honest, at(30)], 31],
  ])('is broken for both where %s', async (_name, changed, position) => {
    expect(await bothSay(changed, key)).toEqual([position, position]);
  });

  it('is broken for both when it was rewritten as one, chain and all: behind the last checkpoint that held', async () => {
    // Whoever has the database can write another roll from 17 on, but not sign it.
    const rewritten = rolled(30, other, { sizes, say: (position) => (position === 17 ? { number: 16 } : said(position)) });
    expect(rewritten.slice(0, 17)).toEqual(honest.slice(0, 17));
    expect(await bothSay([...rewritten.slice(0, 31), ...honest.slice(31)], key)).toEqual([11, 11]);
    expect(await bothSay(rewritten, key)).toEqual([1, 1]);
    expect(await bothSay(rewritten, other)).toEqual(['verified', 'verified']);
    // A second change further on does not hide the first.
    const twice = rewritten.with(25, at(26));
    expect(await bothSay([...twice.slice(0, 31), ...honest.slice(31)], key)).toEqual([11, 11]);
  });

  it('is broken for both where the signer itself numbered an entry wrongly', async () => {
    const misnumbered = rolled(30, key, { sizes, number: (position) => (position === 17 ? 16 : position) });
    expect(await bothSay(misnumbered, key)).toEqual([17, 17]);
  });

  it('is broken for both when its header is another one', async () => {
    const header = JSON.parse(String(honest[0])) as Record<string, unknown>;
    const changes = [
      { from: 2 },
      { to: 29 },
      { to: 31 },
      { origin: 'id.example/roll/other' },
      { roll: 'chancery/2' },
      { before: Buffer.alloc(32, 1).toString('base64') },
      { frontier: [Buffer.alloc(32, 1).toString('base64')] },
      { checkpoints: [10, 30] },
      { checkpoints: [10, 20, 25, 30] },
      { more: 1 },
    ];
    for (const change of changes) {
      const verdicts = await bothSay(honest.with(0, JSON.stringify({ ...header, ...change })), key);
      expect([change, verdicts.includes('verified')]).toEqual([change, false]);
    }
    // The same header, written in another way.
    expect(await bothSay(honest.with(0, String(honest[0]).replace('"to":', '"to": ')), key)).toEqual([1, 1]);
  });

  it('is broken for both wherever it is cut', async () => {
    expect((await bothSay(bytes.subarray(0, -1), key)).every((each) => each !== 'verified')).toBe(true);
    for (let length = 0; length < bytes.length; length += 97) expect(ours(bytes.subarray(0, length), key)).not.toBe('verified');
    const middle = bytes.indexOf('"position":12,') + 5;
    expect(await bothSay(bytes.subarray(0, middle), key)).toEqual([12, 12]);
  });

  it('is broken by a bit of every single byte: in an entry at its position, around them somewhere', () => {
    const entriesStart = bytes.indexOf('{"position":1,');
    const entriesEnd = bytes.indexOf('{"checkpoint"');
    let line = 0;
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ (1 << (index % 8)), index);
      const verdict = ours(changed, key);
      const inEntry = index >= entriesStart && index < entriesEnd;
      expect([index, verdict === 'verified', inEntry ? verdict : undefined]).toEqual([index, false, inEntry ? line : undefined]);
      if (bytes[index] === 0x0a) line += 1;
    }
  });

  it('is broken for both by any bit around its entries', async () => {
    const random = seededRandom();
    const headerEnd = bytes.indexOf(0x0a);
    const proofsStart = bytes.indexOf('{"checkpoint"');
    for (let round = 0; round < 12; round++) {
      const index = round % 2 === 0 ? random.int(headerEnd) : proofsStart + random.int(bytes.length - proofsStart);
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ (1 << random.int(8)), index);
      expect([index, (await bothSay(changed, key)).includes('verified')]).toEqual([index, false]);
    }
  });

  it('of a hundred thousand entries is verified in a time that is printed', () => {
    const many = rolled(100_000, key).map((line) => Buffer.from(`${line}\n`));
    const verifier = new RollVerifier([key.note]);
    const start = performance.now();
    for (const line of many) verifier.take(line);
    expect(verifier.end()).toMatchObject({ verified: true, to: 100_000 });
    const seconds = (performance.now() - start) / 1_000;
    console.log(`a million entries of the roll would be verified in ${(seconds * 10).toFixed(1)} s`);
  });
});

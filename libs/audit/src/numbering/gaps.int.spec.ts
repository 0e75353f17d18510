import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { appendEntries } from '../log/append-entries.js';
import { auditDatabase } from '../spec-kit/database.js';
import { allowed, messageOf } from '../spec-kit/records.js';
import { newGaps } from './report-gaps.js';

let dataSource: DataSource;
let owner: DataSource;
let run = '';

beforeAll(async () => {
  const database = await freshDatabase();
  dataSource = await openAuditDatabase({ url: await auditDatabase(database), connections: 4 });
  owner = await new DataSource({ type: 'postgres', url: database, installExtensions: false }).initialize();
});
beforeEach(() => {
  run = randomUUID();
});
afterAll(async () => {
  await Promise.all([dataSource.destroy(), owner.destroy()]);
});

const came = (...numbers: number[]) =>
  appendEntries(
    dataSource,
    numbers.map((number) => messageOf(allowed(number, { run }))),
  );
/** As if every time that is kept were so much longer ago. */
const pass = (seconds: number) =>
  owner.query(
    `UPDATE audit.numbering SET gap_since = gap_since - make_interval(secs => $1), changed_at = changed_at - make_interval(secs => $1)`,
    [seconds],
  );
const gap = (missing: number) => [{ source: 'main/gateway/gw-1', run, missing }];

describe('a gap in the numbers of a gateway’s run', () => {
  it('is reported once it has been open for ten seconds, though the run goes on all the time', async () => {
    await came(1, 2, 4, 5);
    for (const number of [6, 7, 8, 9]) {
      await pass(2);
      await came(number);
      expect(await newGaps(dataSource)).toEqual([]);
    }
    await pass(3);
    await came(10);
    expect(await newGaps(dataSource)).toEqual(gap(1));
  });

  it('is reported once, however long the run goes on', async () => {
    await came(1, 3);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(1));
    await came(4);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual([]);
  });

  it('that closes before is not reported', async () => {
    await came(1, 4);
    await pass(9);
    await came(3, 2);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual([]);
  });

  it('is not what overtakes at the moment: each of them has ten seconds of its own', async () => {
    // There is always one missing, and never the same for long.
    await came(2);
    for (let number = 4; number <= 20; number += 2) {
      await pass(6);
      await came(number, number - 3);
      expect(await newGaps(dataSource)).toEqual([]);
    }
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(1));
  });

  it('counts what never came, not what has overtaken since', async () => {
    await came(1, 4);
    await pass(11);
    await came(9);
    expect(await newGaps(dataSource)).toEqual(gap(2));
    expect(await newGaps(dataSource)).toEqual([]);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(6));
  });

  it('that opens in the ten seconds of another one is reported with it or after it', async () => {
    await came(1, 3);
    await pass(6);
    await came(5);
    await pass(6);
    await came(2);
    expect(await newGaps(dataSource)).toEqual([]);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(1));
  });

  it('does not hide in the place of one that was reported and came late after all', async () => {
    await came(1, 7);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(5));
    await came(2, 3, 4, 5, 6);
    await came(9);
    await pass(11);
    expect(await newGaps(dataSource)).toEqual(gap(1));
  });

  it('is answered to one of two replicas that ask at once', async () => {
    await came(1, 3);
    await pass(11);
    const both = await Promise.all([newGaps(dataSource), newGaps(dataSource)]);
    expect(both.flat()).toEqual(gap(1));
  });
});

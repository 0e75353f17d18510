import fc from 'fast-check';
import { freshDatabase } from '@chancery/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigintArray, booleanArray, byteaArray, integerArray, textArray, uuidArray } from './binary-array.js';

const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`;

describe('a binary array', () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: await freshDatabase() });
    await client.connect();
  });
  afterAll(() => client.end());

  /** What PostgreSQL understood, as JSON of its own making. */
  const understood = async (type: string, array: Buffer) =>
    (await client.query(`select to_json($1::${type}[]) as json, array_ndims($1::${type}[]) as dimensions`, [array])).rows[0];
  it.each([
    ['integer', integerArray, [0, -1, 2 ** 31 - 1, -(2 ** 31)]],
    ['bigint', bigintArray, [0, -1, 1_900_000_000_000, Number.MAX_SAFE_INTEGER]],
    ['boolean', booleanArray, [true, false, true]],
    ['text', textArray, ['', 'a', 'é€😀', '{"},', '\\', 'NULL', "'", ' \n\t']],
  ] as const)('of %s is what was put in', async (type, encode, values) => {
    const array = (encode as (values: readonly unknown[]) => Buffer)(values);
    expect(await understood(type, array)).toEqual({ json: values, dimensions: 1 });
  });

  it('of bytes is what was put in', async () => {
    const values = [new Uint8Array(), new Uint8Array([0, 255, 92, 39]), new Uint8Array(1000).fill(7)];
    expect((await understood('bytea', byteaArray(values))).json).toEqual(values.map(hex));
  });

  it('of uuids is what was put in', async () => {
    const value = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    expect((await understood('uuid', uuidArray([value, value]))).json).toEqual(
      Array.from({ length: 2 }, () => '00112233-4455-6677-8899-aabbccddeeff'),
    );
  });

  it.each([
    ['integer', integerArray([])],
    ['text', textArray([])],
    ['bytea', byteaArray([])],
    ['uuid', uuidArray([])],
  ])('of %s may be empty', async (type, array) => {
    expect(await understood(type, array)).toEqual({ json: [], dimensions: null });
  });

  it('of any text is what was put in', async () => {
    // Without NUL, which PostgreSQL's text does not hold.
    const text = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (values) => {
        expect((await understood('text', textArray(values))).json).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });
});

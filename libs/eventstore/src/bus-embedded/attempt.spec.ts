import { topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.js';
import { attempt } from './attempt.js';

const record: BusRecord = {
  topic: topics.activity,
  key: 'ag_1',
  id: '0198f1c2-7a11-7c3e-9c55-3b8a4a3f5e21',
  source: 'main/service/token',
  type: 'activity.refused',
  version: 1,
  subject: 'ag_1',
  time: 1,
  data: new Uint8Array(),
};
const failure = (code: string): Error => Object.assign(new Error('no'), { code });

/** How often a record is tried whose handler fails with this, and what becomes of it. */
async function tried(error: Error) {
  let tries = 0;
  const handle = () => {
    tries += 1;
    return Promise.reject(error);
  };
  const options = { handle, retries: [1, 2], sleep: async () => undefined, signal: new AbortController().signal };
  const setAside = await attempt([{ record }], new Set(), options);
  return { tries, setAside: setAside.map(({ state, cause }) => ({ state, cause })) };
}

describe('a record that a handler fails on', () => {
  it.each([
    ['a NUL in a text', failure('22021')],
    ['a text that is no number', failure('22P02')],
    ['a number out of range', new Error('the query failed', { cause: failure('22003') })],
    ['a malformed time', Object.assign(new Error('the query failed'), { driverError: failure('22007') })],
  ])('is tried once when the database refuses what is in it: %s', async (_, error) => {
    expect(await tried(error)).toEqual({ tries: 1, setAside: [{ state: 'failed', cause: `Error: ${error.message}` }] });
  });

  it.each(['23505', '2200', '40001', 'ERR_22021'])('is tried again where another time may go well (%s)', async (code) => {
    expect(await tried(failure(code))).toEqual({ tries: 3, setAside: [{ state: 'failed', cause: 'Error: no' }] });
  });
});

import { describe, expect, it } from 'vitest';
import { isOutage } from './is-outage.js';

const failure = (code: string): Error => Object.assign(new Error('no'), { code });

describe('what a record is not to blame for', () => {
  it.each([
    ['a connection that broke', '08006'],
    ['a server that shuts down', '57P01'],
    ['a full disk', '53100'],
    ['no connection left', '53300'],
    ['a disk that fails', '58030'],
    ['a standby, which may only be read', '25006'],
    ['a refused socket', 'ECONNREFUSED'],
  ])('is %s (%s), also where it is the cause of another error', (_, code) => {
    expect(isOutage(failure(code))).toBe(true);
    expect(isOutage(new Error('the query failed', { cause: failure(code) }))).toBe(true);
    expect(isOutage(Object.assign(new Error('the query failed'), { driverError: failure(code) }))).toBe(true);
  });

  it.each(['23505', '22P02', '42P01', 'ERR_INVALID_ARG_TYPE'])('is not an error of its own (%s)', (code) =>
    expect(isOutage(failure(code))).toBe(false),
  );
});

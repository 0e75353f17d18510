import { describe, expect, it } from 'vitest';
import { onCore, shareCores } from './cores.js';

describe('cores', () => {
  it('are one for the server, one for PostgreSQL, and the others for the load', () => {
    expect(shareCores(8, true)).toEqual({ server: '0', database: '1', client: '2-7', count: 8 });
    expect(shareCores(3, true)).toEqual({ server: '0', database: '1', client: '2', count: 3 });
    expect(shareCores(2, true)).toEqual({ server: '0', database: '1', client: '1', count: 2 });
  });

  it('are left alone where there is one, or nothing to pin with', () => {
    const alone = { server: undefined, database: undefined, client: undefined };
    expect(shareCores(1, true)).toEqual({ ...alone, count: 1 });
    expect(shareCores(8, false)).toEqual({ ...alone, count: 8 });
    expect(onCore(undefined, ['node', 'x.js'])).toEqual(['node', 'x.js']);
  });

  it('are said to taskset', () => {
    expect(onCore('2-7', ['node', 'x.js'])).toEqual(['taskset', '-c', '2-7', 'node', 'x.js']);
  });
});

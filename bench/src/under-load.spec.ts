import { describe, expect, it } from 'vitest';
import { limitOf } from './under-load.js';

const apart = { server: '0', database: '1', client: '2', count: 3 };
const together = { server: '0', database: '1', client: '1', count: 2 };

describe('what held a server back', () => {
  it.each([
    ['its own core', { server: 1.9, database: 1.9, client: 1.9 }, apart, 'application'],
    ['PostgreSQL on a core of its own', { server: 1, database: 1.9, client: 1 }, apart, 'postgres'],
    ['the client on a core of its own', { server: 1, database: 1, client: 1.9 }, apart, 'client'],
    ['nothing but waiting', { server: 1.7, database: 1, client: 1.7 }, apart, 'nobody'],
    ['PostgreSQL, which took more of a shared core', { server: 1, database: 1.2, client: 0.7 }, together, 'postgres'],
    ['the client, which did', { server: 1, database: 0.7, client: 1.2 }, together, 'client'],
    ['nothing on a shared core that has room', { server: 1, database: 0.8, client: 0.8 }, together, 'nobody'],
  ] as const)('is %s', (_, used, cores, limit) => {
    expect(limitOf(used, 2, cores)).toBe(limit);
  });
});

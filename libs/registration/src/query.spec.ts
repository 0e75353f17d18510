import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { parsePage, refuseParameters } from './query.js';

const said = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return `${error.code}: ${error.description}`;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('the query of a list', () => {
  it('is a page of a hundred unless told', () => {
    expect(parsePage({})).toEqual({ limit: 100 });
    expect(parsePage({ limit: '1000', after: 'ag_1' })).toEqual({ limit: 1_000, after: 'ag_1' });
  });

  it.each([
    [{ x: '1' }, 'unknown parameter'],
    [{ 'limit[]': '1' }, 'unknown parameter'],
    [{ limit: '0' }, 'limit is unacceptable'],
    [{ limit: '1001' }, 'limit is unacceptable'],
    [{ limit: '01' }, 'limit is unacceptable'],
    [{ limit: '' }, 'limit is unacceptable'],
    [{ limit: ['1', '2'] }, 'limit is unacceptable'],
    [{ after: '' }, 'after is unacceptable'],
    [{ after: "a' or 1=1" }, 'after is unacceptable'],
    [{ after: ['a', 'b'] }, 'after is unacceptable'],
  ])('refuses %j', (query, description) => {
    expect(said(() => parsePage(query))).toBe(`invalid_request: ${description}`);
  });
});

describe('the query of anything else', () => {
  it('is empty', () => {
    expect(() => refuseParameters({})).not.toThrow();
    expect(said(() => refuseParameters({ c4nary: '1' }))).toBe('invalid_request: unknown parameter');
  });
});

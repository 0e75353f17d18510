import { describe, expect, it } from 'vitest';
import { openBooks } from './books.js';

describe('the books of a drill', () => {
  it('are in order when every invariant that was checked holds', () => {
    const books = openBooks();
    books.hold('nothing is lost', []);
    expect(books.held()).toBe(true);
  });

  it('are not when nothing was checked', () => expect(openBooks().held()).toBe(false));

  it('stay out of order whatever is checked later', () => {
    const books = openBooks();
    books.hold('nothing is lost', ['a token']);
    books.hold('nothing is lost', []);
    books.hold('no gap', []);
    expect(books.held()).toBe(false);
  });

  it('count all that breaks an invariant, and name the first five', () => {
    const books = openBooks();
    books.hold('no gap', [1, 2, 3, 4]);
    books.hold('no gap', [5, 6, 7]);
    expect(books.invariants.get('no gap')).toEqual({ broken: 7, such: [1, 2, 3, 4, 5] });
  });
});

import { describe, expect, it } from 'vitest';
import { openJournal, tallied } from './journal.js';

describe('a tally', () => {
  it('counts what was asked in its span, and what of it succeeded, of one kind', () => {
    const journal = openJournal();
    journal.samples.push(
      { what: 'token', status: 200, began: 9, ended: 12 },
      { what: 'token', status: 200, began: 10, ended: 14 },
      { what: 'token', status: 503, began: 15, ended: 16 },
      { what: 'token', status: 0, began: 16, ended: 17 },
      { what: 'call', status: 200, began: 16, ended: 17 },
      { what: 'token', status: 200, began: 20, ended: 21 },
    );
    expect(tallied(journal, 'token', 10, 20)).toEqual({ asked: 3, good: 1, times: [4] });
  });
});

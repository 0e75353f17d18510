import { describe, expect, it } from 'vitest';
import { waitFor } from './wait-for.js';

describe('waiting for a condition', () => {
  it('answers what the condition answered', async () => {
    let looks = 0;
    expect(await waitFor(() => ++looks === 3 && 'there', { every: 1 })).toBe('there');
    expect(looks).toBe(3);
  });

  it('looks again after a throw, and gives the last one as the cause of a failure', async () => {
    const cause = new Error('not yet');
    await expect(waitFor(() => Promise.reject(cause), { timeout: 20, every: 1 })).rejects.toMatchObject({ cause });
  });

  it('fails with what it saw last', async () => {
    const looks = [false, undefined, 0];
    await expect(waitFor(() => (looks.length > 1 ? looks.shift() : looks[0]), { timeout: 20, every: 1 })).rejects.toThrow(
      'the last look saw 0',
    );
  });
});

import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freshDatabase } from './database.js';

describe('a fresh database', () => {
  it('is empty, and shares nothing with another', async () => {
    const urls = await Promise.all([freshDatabase(), freshDatabase()]);
    const [first, second] = await Promise.all(
      urls.map(async (connectionString) => {
        const client = new pg.Client({ connectionString });
        await client.connect();
        return client;
      }),
    );
    await first?.query('create table mine ()');
    expect((await second?.query(`select to_regclass('mine') as mine`))?.rows).toEqual([{ mine: null }]);
    await Promise.all([first?.end(), second?.end()]);
  });
});

import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../logs/log.js';
import { Opened } from './opened.js';

describe('what a process opened', () => {
  it('is closed newest first, each when the one before it is', async () => {
    const opened = new Opened();
    const closed: string[] = [];
    const thing = (name: string) =>
      opened.keep(name, { name }, async (each) => {
        await Promise.resolve();
        closed.push(each.name);
      });
    expect([thing('database').name, thing('bus').name, thing('door').name]).toEqual(['database', 'bus', 'door']);
    await opened.close(silentLog);
    expect(closed).toEqual(['door', 'bus', 'database']);
  });

  it('is closed once, however often', async () => {
    const opened = new Opened();
    let times = 0;
    opened.keep('door', {}, () => void (times += 1));
    await Promise.all([opened.close(silentLog), opened.close(silentLog)]);
    expect(times).toBe(1);
  });

  it('is closed also when another one cannot be, which is named', async () => {
    const opened = new Opened();
    const said: unknown[] = [];
    const log: Log = { ...silentLog, error: (fields) => void said.push(fields) };
    let closed = false;
    opened.keep('database', {}, () => void (closed = true));
    opened.keep('bus', {}, () => Promise.reject(new Error('broken')));
    opened.keep('door', {}, () => {
      throw new Error('broken too');
    });
    await opened.close(log);
    expect(closed).toBe(true);
    expect(said).toMatchObject([{ name: 'door' }, { name: 'bus' }]);
  });
});

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CannotRun, type Drill } from './drill.js';
import { run, type Terminal } from './run.js';

/** Runs a drill that is made for the spec: what it answers, and what a person and a machine read. */
async function played(act: Drill['run'], signal = new AbortController().signal) {
  const said: string[] = [];
  const terminal: Terminal = { out: (text) => void said.push(text), err: (text) => void said.push(text) };
  const drill: Drill = { name: 'spec', what: '', times: 1, seconds: 1, run: act };
  const status = await run({ drill, times: 3, seconds: 2, seed: 9 }, { terminal, signal });
  return { status, said: said.join('\n'), json: said.at(-1) ?? '' };
}

describe('a drill', () => {
  it('ends with 0 when its invariants hold, its counts as a table and on one line, its seed in both', async () => {
    const { status, said, json } = await played(({ count, hold, times }) => {
      count('kills', times);
      hold('nothing is lost', []);
      return Promise.resolve();
    });
    expect(status).toBe(0);
    expect(said).toMatch(/^seed 9$/m);
    expect(said).toMatch(/^kills +3$/m);
    expect(said).toMatch(/^nothing is lost +holds$/m);
    expect(JSON.parse(json)).toMatchObject({
      drill: 'spec',
      seed: 9,
      held: true,
      counts: { kills: 3 },
      invariants: { 'nothing is lost': 'holds' },
    });
  });

  it.each<[string, Drill['run']]>([
    ['an invariant is broken', ({ hold }) => Promise.resolve(hold('nothing is lost', ['a token']))],
    ['it checked nothing', () => Promise.resolve()],
    ['it did not come to its end', ({ hold }) => (hold('nothing is lost', []), Promise.reject(new Error('lost the way')))],
  ])('ends with 1 when %s', async (_, act) => {
    const { status, json } = await played(act);
    expect(status).toBe(1);
    expect(JSON.parse(json)).toMatchObject({ held: false });
  });

  it('ends with 2, and says why, where it cannot run', async () => {
    const { status, said } = await played(() => Promise.reject(new CannotRun('no Java')));
    expect(status).toBe(2);
    expect(said).toContain('spec cannot run here: no Java');
  });

  it('puts away what it opened, the last one first, when it is interrupted in the middle', async () => {
    const stopping = new AbortController();
    const closed: string[] = [];
    let folder = '';
    const { status } = await played((world) => {
      folder = world.folder;
      const gone = Promise.withResolvers<never>();
      const open = (name: string, end = (): void => undefined) =>
        world.keep({
          close: () => {
            closed.push(name);
            end();
            return Promise.resolve();
          },
        });
      open('database');
      open('service', () => {
        // It was about to open one more, and did.
        open('opened late');
        gone.reject(new Error('the service is gone'));
      });
      stopping.abort();
      return gone.promise;
    }, stopping.signal);
    expect(status).toBe(130);
    expect(closed).toEqual(['service', 'opened late', 'database']);
    expect(existsSync(folder)).toBe(false);
  });
});

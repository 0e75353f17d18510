import { fileURLToPath } from 'node:url';
import { runProcess } from '@chancery/testing';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** As `npm run drill -- …`. */
const drill = (...args: string[]) => runProcess(main, { nodeArgs: ['--disable-warning=TimeoutNegativeWarning'], args });

/** Once each: that it runs, and that its invariants hold. The counts that show something are those of the long forms. */
describe('the short form of a drill', () => {
  it.for([
    ['kill', 4],
    ['race', 1],
    ['strict', 6],
    ['order', 30],
    ['duplicate', 1],
    ['poison', 2],
  ] as const)('%s, %i times, ends with every invariant held', { timeout: 240_000 }, async ([name, times], { skip }) => {
    const running = drill(name, '--times', String(times));
    const { code } = await running.exit;
    skip(code === 2 && process.env['CI'] !== 'true', running.stderr());
    expect(code, `${running.stdout()}${running.stderr()}`).toBe(0);
    const reported = JSON.parse(running.stdout().trim().split('\n').at(-1) ?? '') as { drill: string; held: boolean };
    expect(reported).toMatchObject({ drill: name, times, held: true });
  });

  it('says what there is, and ends with 2, for a name that is none', async () => {
    const running = drill('flood');
    expect((await running.exit).code).toBe(2);
    expect(running.stderr()).toMatch(/^ {2}kill /m);
  });
});

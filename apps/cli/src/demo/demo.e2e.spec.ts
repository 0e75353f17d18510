import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningProcess, runProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { width } from '../text.js';

const main = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));

/** Each creates a database cluster. */
const patience = { timeout: 60_000 };

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

const start = () => runProcess(main, { cwd: folder.path, env: { TMPDIR: folder.path, CHANCERY_DATA: undefined } });

/** Command lines of processes that still know the folder. */
async function left(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args=', '-ww']);
  return stdout.split('\n').filter((line) => line.includes(folder.path));
}

const cleanedUp = { code: 130, complaint: false, files: [], processes: [] };

/** As npm does it: once by the terminal, once passed on. */
async function interruptedTwice(child: RunningProcess) {
  process.kill(child.pid, 'SIGINT');
  const { code } = await child.kill('SIGINT');
  return { code, complaint: child.stdout().includes('✗'), files: readdirSync(folder.path), processes: await left() };
}

describe('npm run demo without a running Chancery', patience, () => {
  it('plays the whole story on one of its own, and nothing is left of that', async () => {
    const child = start();
    const { code } = await child.exit;
    expect(child.stderr()).toBe('');
    expect(child.stdout()).toContain('all 7 steps held');
    expect(
      child
        .stdout()
        .split('\n')
        .filter((line) => width(line) > 80),
    ).toEqual([]);
    expect(code).toBe(0);
    expect(readdirSync(folder.path)).toEqual([]);
    expect(await left()).toEqual([]);
    // A JWT begins with these letters; an initial access token ends in 43 characters, as many as a thumbprint has, of which there is one.
    expect(child.stdout()).not.toContain('eyJ');
    expect(child.stdout().match(/(?<![\w-])[\w-]{43}(?![\w-])/g)).toHaveLength(1);
  });

  it('cleans up when Ctrl-C comes while the server starts, even twice', async () => {
    const child = start();
    await child.line(/starting one/);
    // PostgreSQL runs, which is a process group of its own; the server around it is not ready.
    await waitFor(async () => (await left()).some((line) => / -D .* -p \d+/.test(line)), patience);
    expect(await interruptedTwice(child)).toEqual(cleanedUp);
  });

  it('cleans up when Ctrl-C comes in the middle of the story, even twice', async () => {
    const child = start();
    await child.line(/^1 {2}/, patience.timeout);
    expect(await interruptedTwice(child)).toEqual(cleanedUp);
  });
});

describe('its launcher', () => {
  it('is what npm run demo starts', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
      scripts: { demo: string };
    };
    expect(scripts.demo).toContain('apps/cli/dist/demo/main.js');
  });
});

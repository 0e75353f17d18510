import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess } from './run-process.js';
import { fromSources } from './sources.js';
import { temporaryFolder } from './temporary-folder.js';

let folder: { path: string; remove(): void };
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function script(text: string, name = 'script.mjs'): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

describe('a process of its own', () => {
  it('is waited for by a line, and keeps what it wrote', async () => {
    const running = runProcess(script(`console.error('starting'); console.log('one\\nready ' + process.argv[2] + process.env.GIVEN)`), {
      args: ['now '],
      env: { GIVEN: 'here' },
    });
    expect(await running.line(/^ready/)).toBe('ready now here');
    expect(await running.exit).toEqual({ code: 0, signal: null });
    expect([running.stdout(), running.stderr()]).toEqual(['one\nready now here\n', 'starting\n']);
  });

  it('ends by kill -9 without a last word', async () => {
    const running = runProcess(script(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`));
    await running.line('up');
    expect(await running.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('fails the wait when it ends without the line, with what it said', async () => {
    const running = runProcess(script(`console.error('port taken'); process.exit(3)`));
    await expect(running.line('ready')).rejects.toThrow(/ended \(3\) without the line ready: port taken/);
  });

  it('runs TypeScript sources as they are', async () => {
    script(`export const answer: number = 42;`, 'answer.ts');
    const running = runProcess(script(`import { answer } from './answer.js'; console.log('answer ' + answer);`, 'main.ts'), {
      nodeArgs: fromSources,
    });
    expect(await running.line('answer')).toBe('answer 42');
  });
});

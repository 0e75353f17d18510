import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { describe, expect, it, vi } from 'vitest';
import { DataFolderHeldError, hold } from './hold.js';

// The moment between judging a claim stale and replacing it is too short to be met from outside: a rival acts whenever a claim is judged.
const rival = vi.hoisted(() => ({ acts: (_judged: number) => {} }));
vi.mock(import('./process-table.js'), async (actual) => {
  const { startOf, ...others } = await actual();
  const judge: typeof startOf = (pid) => {
    const answer = startOf(pid);
    rival.acts(pid);
    return answer;
  };
  return { ...others, startOf: judge };
});

const gone = 2 ** 22 + 1; // above any process id

describe('a stale claim that a rival replaced while it was judged', () => {
  it('leaves the folder to the rival', async () => {
    const { startOf } = await vi.importActual<typeof import('./process-table.js')>('./process-table.js');
    const { path: folder, remove } = temporaryFolder();
    const path = join(folder, 'chancery.lock');
    const theirs = JSON.stringify({ pid: process.ppid, start: startOf(process.ppid), id: 'rival' });
    writeFileSync(path, JSON.stringify({ pid: gone, start: 'an earlier boot/1', id: 'stale' }));
    rival.acts = (judged) => {
      if (judged === gone) writeFileSync(path, theirs);
    };
    expect(() => hold(path)).toThrow(DataFolderHeldError);
    expect(readFileSync(path, 'utf8')).toBe(theirs);
    remove();
  });
});

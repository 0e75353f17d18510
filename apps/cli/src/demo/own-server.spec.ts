import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder, waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutSettings } from '../environment.js';
import { startOwnServer } from './own-server.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

/** A process in the server's place: notes its environment and its signals, then does what `body` says. */
function script(body: string): { script: string; notes: string } {
  const path = join(folder.path, 'server.mjs');
  const notes = join(folder.path, 'notes');
  writeFileSync(
    path,
    `import { appendFileSync, writeFileSync } from 'node:fs';
     const { CHANCERY_DATA, CHANCERY_PORT } = process.env;
     const note = (text) => appendFileSync(${JSON.stringify(notes)}, text + '\\n');
     note(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('CHANCERY_')))));
     const ready = () => console.log('chancery ready ' + JSON.stringify({ issuer: 'http://127.0.0.1:' + CHANCERY_PORT, operator: CHANCERY_DATA + '/operator.json' }));
     ${body}`,
  );
  return { script: path, notes };
}

const settingsIn = (notes: string) => JSON.parse(readFileSync(notes, 'utf8').split('\n')[0] ?? '') as Record<string, string>;
const dataIn = (notes: string): string => settingsIn(notes)['CHANCERY_DATA'] ?? '';

const running = `setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { note('SIGTERM'); process.exit(0); });`;

const start = (path: string, signal = new AbortController().signal) =>
  startOwnServer({ script: path, variables: withoutSettings({ ...process.env, CHANCERY_ISSUER: 'https://other.example' }), signal });

describe("the demo's own server", () => {
  it('runs over a temporary folder that a database of another user can reach, on a port of its own', async () => {
    const { script: path, notes } = script(`${running} console.log('hello'); ready();`);
    const server = await start(path);
    const data = dirname(server?.operatorFile ?? '');
    expect(statSync(data).mode & 0o777).toBe(0o711);
    expect(settingsIn(notes)).toEqual({ CHANCERY_DATA: data, CHANCERY_PORT: expect.stringMatching(/^\d+$/) as string });
    await server?.stop();
  });

  it('is told to stop once, and its folder goes with it', async () => {
    const { script: path, notes } = script(`${running} writeFileSync(CHANCERY_DATA + '/file', 'x'); ready();`);
    const server = await start(path);
    const data = dirname(server?.operatorFile ?? '');
    expect(existsSync(join(data, 'file'))).toBe(true);
    await server?.stop();
    expect(readFileSync(notes, 'utf8').match(/SIGTERM/g)).toHaveLength(1);
    expect(existsSync(data)).toBe(false);
  });

  it('that does not come up says why, and leaves nothing', async () => {
    const { script: path, notes } = script(`console.error('CHANCERY_PORT: 4400 is taken'); process.exitCode = 1;`);
    await expect(start(path)).rejects.toThrow("the demo's own Chancery did not become ready: CHANCERY_PORT: 4400 is taken");
    expect(existsSync(dataIn(notes))).toBe(false);
  });

  it('that is interrupted while it starts leaves nothing', async () => {
    const { script: path, notes } = script(running);
    const interruption = new AbortController();
    const starting = start(path, interruption.signal);
    const data = await waitFor(() => dataIn(notes));
    interruption.abort();
    expect(await starting).toBeUndefined();
    expect(existsSync(data)).toBe(false);
  });
});

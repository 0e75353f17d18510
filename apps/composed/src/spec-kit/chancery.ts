import type { ProcessExit } from '@chancery/testing';
import type { Composed } from './composed.js';
import { runScript } from './run-script.js';

/** `npx chancery …` as the first operator runs it. */
export async function chancery(
  { data }: Pick<Composed, 'data'>,
  ...args: string[]
): Promise<ProcessExit & { stdout: string; stderr: string }> {
  const running = runScript('cli/bin/chancery.js', { CHANCERY_DATA: data, NO_COLOR: '1' }, ...args);
  return { ...(await running.exit), stdout: running.stdout(), stderr: running.stderr() };
}

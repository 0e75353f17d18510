import { fileURLToPath } from 'node:url';
import { type RunningProcess, runProcess } from '@chancery/testing';

export type Settings = Readonly<Record<string, string>>;

/** Runs a script of ours, by its path below `apps/`, with these settings and nothing of what the spec's own environment sets. */
export const runScript = (script: string, settings: Settings, ...args: string[]): RunningProcess =>
  runProcess(fileURLToPath(new URL(`../../../${script}`, import.meta.url)), {
    nodeArgs: ['--disable-warning=TimeoutNegativeWarning'],
    env: {
      ...Object.fromEntries(Object.keys(process.env).flatMap((name) => (name.startsWith('CHANCERY_') ? [[name, undefined]] : []))),
      // Whoever runs many specs at once may ask for colours; Node.js then complains of NO_COLOR.
      FORCE_COLOR: undefined,
      ...settings,
    },
    args,
  });

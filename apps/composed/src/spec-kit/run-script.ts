import { fileURLToPath } from 'node:url';
import { onlySettings, type RunningProcess, runProcess } from '@chancery/testing';

export type Settings = Readonly<Record<string, string>>;

/** Runs a script of ours, by its path below `apps/`, with these settings and nothing of what the spec's own environment sets. */
export const runScript = (script: string, settings: Settings, ...args: string[]): RunningProcess =>
  runProcess(fileURLToPath(new URL(`../../../${script}`, import.meta.url)), {
    nodeArgs: ['--disable-warning=TimeoutNegativeWarning'],
    // Whoever runs many specs at once may ask for colours; Node.js then complains of NO_COLOR.
    env: { FORCE_COLOR: undefined, ...onlySettings(settings) },
    args,
  });

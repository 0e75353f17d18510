import { fileURLToPath } from 'node:url';
import { onlySettings, type RunningProcess, runProcess } from '@chancery/testing';

export type Settings = Readonly<Record<string, string>>;

/** A module of `preload/` that the process loads before its own. */
export type Preload = 'reroute' | 'skew';

export interface Script {
  /** Below `apps/`. */
  readonly path: string;
  readonly settings: Settings;
  readonly args?: readonly string[];
  readonly preloads?: readonly Preload[];
}

/** Runs a script of ours with these settings, and nothing of what this process's own environment sets for Chancery. */
export const runScript = ({ path, settings, args = [], preloads = [] }: Script): RunningProcess =>
  runProcess(fileURLToPath(new URL(`../../../apps/${path}`, import.meta.url)), {
    nodeArgs: [
      '--disable-warning=TimeoutNegativeWarning',
      ...preloads.map((name) => `--import=${new URL(`../preload/${name}.js`, import.meta.url).href}`),
    ],
    env: onlySettings(settings),
    args,
  });

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { gone, type RunningProcess, temporaryFolder, waitFor } from '@chancery/testing';
import { type Client, operatorFrom } from './clients.js';
import { runScript, type Settings } from './run-script.js';

export type Part = 'registration' | 'token' | 'exchange' | 'audit' | 'gateway' | 'kafka';

/** A replica beside those of the composed start. */
export interface Extra {
  readonly url: string;
  readonly metrics: number;
  readonly process: RunningProcess;
}

/** Everything on one machine, as `npm run composed` starts it. */
export interface Composed {
  /** Of the public door, too. */
  readonly issuer: string;
  readonly operator: Client;
  readonly kafka: string;
  readonly data: string;
  pid(part: Part): number;
  /** Ends one without a word, as a crash would. */
  kill(part: Part): Promise<void>;
  /** Asks one to stop. @returns milliseconds to its end, and its exit status as the supervisor says it */
  terminate(part: Exclude<Part, 'kafka'>): Promise<{ took: number; status: string }>;
  /** Starts one that has ended, by itself. Resolves when it is ready. */
  startAgain(part: Part): Promise<void>;
  /** One more gateway. Its name is its own, everything else the plan's unless told. */
  extraGateway(name: string, settings?: Settings): Promise<Extra>;
  extraToken(): Promise<Extra>;
  /** The same replica again: same address, same data. */
  again(extra: Extra): Promise<Extra>;
  /** Where one of them shows its metrics. */
  metricsOf(service: Exclude<Part, 'kafka'>): number;
  /** What the processes of the start, and those that were started again, wrote to standard error. */
  said(): string;
  /** The variables a service was given. */
  variables(service: Exclude<Part, 'kafka'>): Settings;
  /** Ends what runs; the data stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const main = 'composed/dist/main.js';
const patience = 90_000;

interface Ready {
  readonly issuer: string;
  readonly operator: string;
  readonly kafka: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** Starts everything, in a folder of its own and on free ports. `settings` besides are those of `npm run composed`. */
export async function composed(given: Settings = {}): Promise<Composed> {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const settings = { CHANCERY_DATA: data, CHANCERY_PORT: String(await freePort()), CHANCERY_LOG_LEVEL: 'warn', ...given };
  const all = runScript(main, settings);
  const { issuer, operator, kafka, pids: first } = await readyOf<Ready>(all, 'chancery ready ');
  const pids: Record<string, number> = { ...first };
  const only = new Map<Part, RunningProcess>();
  const retired: RunningProcess[] = [];
  const extras = new Map<Extra, { script: string; settings: Settings }>();
  const pid = (part: Part): number => pids[part] ?? 0;
  const { variables } = JSON.parse(readFileSync(join(data, 'composed.json'), 'utf8')) as { variables: Record<string, Settings> };
  const ended = (part: Part): Promise<unknown> => waitFor(() => gone(pid(part)), { timeout: 20_000, every: 5 });
  const said = (): string => [all, ...retired, ...only.values()].map((each) => each.stderr()).join('');

  const startExtra = async (script: string, of: Settings): Promise<Extra> => {
    const process = runScript(script, of);
    const service = script.split('/', 1)[0] ?? '';
    const { url, metrics } = await readyOf<{ url: string; metrics: number }>(process, `chancery ${service} ready `);
    const extra = { url, metrics, process };
    extras.set(extra, { script, settings: of });
    return extra;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...extras.keys()].map(({ process }) => process.kill()));
    const { kafka: broker, ...services } = Object.fromEntries(only);
    await Promise.all(Object.values(services).map((each) => each.kill()));
    await all.kill();
    await broker?.kill();
  };

  return {
    issuer,
    operator: operatorFrom(operator),
    kafka,
    data,
    pid,
    said,
    async kill(part) {
      process.kill(pid(part), 'SIGKILL');
      await ended(part);
    },
    async terminate(part) {
      const before = count(said(), `${part} ended (`);
      const began = performance.now();
      process.kill(pid(part), 'SIGTERM');
      await ended(part);
      const took = performance.now() - began;
      const matches = await waitFor(() => {
        const found = [...said().matchAll(new RegExp(`^${part} ended \\((\\w+)\\)`, 'gm'))];
        return found.length > before && found;
      });
      return { took: Math.round(took), status: matches.at(-1)?.[1] ?? '' };
    },
    async startAgain(part) {
      const before = only.get(part);
      // Which has noticed by itself that its part is gone; the broker's has nothing to notice.
      if (before) {
        await before.kill();
        retired.push(before);
      }
      const again = runScript(main, settings, '--only', part);
      only.set(part, again);
      pids[part] = (await readyOf<{ pid: number }>(again, `chancery ${part} ready `)).pid;
    },
    async extraGateway(name, besides = {}) {
      const port = String(await freePort());
      const own = { CHANCERY_PORT: port, CHANCERY_METRICS_PORT: '0', CHANCERY_GATEWAY_NAME: name, CHANCERY_DATA: join(folder.path, name) };
      return startExtra('gateway/dist/main.js', { ...variables['gateway'], ...own, ...besides });
    },
    async extraToken() {
      return startExtra('token/dist/main.js', { ...variables['token'], CHANCERY_PORT: String(await freePort()) });
    },
    async again(extra) {
      const { script, settings: of } = extras.get(extra) ?? {};
      if (script === undefined || of === undefined) throw new Error('no replica of ours');
      extras.delete(extra);
      return startExtra(script, of);
    },
    metricsOf(service) {
      const lines = [...said().matchAll(new RegExp(`^${service} +\\| chancery ${service} ready (\\{.*\\})$`, 'gm'))];
      return (JSON.parse(lines.at(-1)?.[1] ?? '{}') as { metrics: number }).metrics;
    },
    variables: (service) => variables[service] ?? {},
    stop,
    async close() {
      await stop();
      await waitFor(() => Object.values(pids).every(gone), { timeout: 20_000 }).catch(() => undefined);
      folder.remove();
    },
  };
}

const count = (text: string, part: string): number => text.split(`\n${part}`).length - 1 + (text.startsWith(part) ? 1 : 0);

async function readyOf<Said>(running: RunningProcess, beginning: string): Promise<Said> {
  const line = await running.line(new RegExp(`^${beginning}`), patience);
  return JSON.parse(line.slice(beginning.length)) as Said;
}

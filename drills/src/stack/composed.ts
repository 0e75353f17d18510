import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@chancery/eventstore/embedded';
import { gone, type RunningProcess, waitFor } from '@chancery/testing';
import { CannotRun } from '../drill.js';
import type { Part, Service } from './parts.js';
import { type Preload, runScript, type Settings } from './run-script.js';

/** A replica beside those of the composed start, or in place of one of them. */
export interface Replica {
  readonly url: string;
  readonly metrics: number;
  readonly process: RunningProcess;
}

export interface OwnReplica {
  /** Its own, besides those of the plan. */
  readonly settings?: Settings;
  readonly preloads?: readonly Preload[];
}

/** Everything on one machine, as `npm run composed` starts it. */
export interface Composed {
  /** Of the public door, too. */
  readonly issuer: string;
  /** Path of the first operator's credential. */
  readonly operator: string;
  /** `host:port` */
  readonly kafka: string;
  readonly data: string;
  /** @throws CannotRun where it is no process of this machine */
  pid(part: Part): number;
  /** Ends one without a word, as a crash would. */
  kill(part: Part): Promise<void>;
  /** Starts one that has ended, by itself. Resolves when it is ready. */
  startAgain(part: Part): Promise<void>;
  /** One more, on ports and with a folder of its own. */
  replica(service: Service, name: string, own?: OwnReplica): Promise<Replica>;
  /** Starts one that has ended with settings of the drill's own: at its place, with its data. */
  startOwn(service: Service, own: OwnReplica): Promise<Replica>;
  /** The variables a service was given. */
  variables(service: Service): Settings;
  /** What every process of ours wrote to standard error. */
  said(): string;
  /** Ends what runs; the data stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const main = 'composed/dist/main.js';
const patience = 120_000;

interface Ready {
  readonly issuer: string;
  readonly operator: string;
  readonly kafka: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** Starts everything, below `folder` and on free ports. @throws CannotRun where no broker can be had */
export async function startComposed(folder: string, given: Settings): Promise<Composed> {
  const data = join(folder, 'data');
  const settings = { CHANCERY_DATA: data, CHANCERY_PORT: String(await freePort()), CHANCERY_LOG_LEVEL: 'warn', ...given };
  const all = runScript({ path: main, settings });
  const ready = await readyOf<Ready>(all, 'chancery ready ').catch(noBroker);
  const pids: Record<string, number> = { ...ready.pids };
  const running = new Map<string, RunningProcess>();
  const retired: RunningProcess[] = [];
  const { variables } = JSON.parse(readFileSync(join(data, 'composed.json'), 'utf8')) as { variables: Record<string, Settings> };
  const pid = (part: Part): number => {
    const known = pids[part];
    // A broker in a container, for one; and a signal to "0" would be one to this process and all around it.
    if (known === undefined) throw new CannotRun(`${part} is no process of this machine that could be ended`);
    return known;
  };

  /** What ran in this place, if it was one of ours: it has noticed by itself that its part is gone, but the broker's has nothing to notice. */
  const retire = async (place: string): Promise<void> => {
    const before = running.get(place);
    if (!before) return;
    await before.kill();
    retired.push(before);
    running.delete(place);
  };
  const startReplica = async (place: string, service: Service, { settings: of = {}, preloads = [] }: OwnReplica): Promise<Replica> => {
    await retire(place);
    const process = runScript({ path: `${service}/dist/main.js`, settings: { ...variables[service], ...of }, preloads });
    running.set(place, process);
    const { url, metrics } = await readyOf<{ url: string; metrics: number }>(process, `chancery ${service} ready `);
    return { url, metrics, process };
  };
  const stop = async (): Promise<void> => {
    const broker = running.get('kafka');
    running.delete('kafka');
    await Promise.all([...running.values()].map((each) => each.kill()));
    await all.kill();
    await broker?.kill();
  };
  return {
    issuer: ready.issuer,
    operator: ready.operator,
    kafka: ready.kafka,
    data,
    pid,
    said: () => [all, ...retired, ...running.values()].map((each) => each.stderr()).join(''),
    variables: (service) => variables[service] ?? {},
    async kill(part) {
      process.kill(pid(part), 'SIGKILL');
      await waitFor(() => gone(pid(part)), { timeout: 20_000, every: 5 });
    },
    async startAgain(part) {
      await retire(part);
      const again = runScript({ path: main, settings, args: ['--only', part] });
      running.set(part, again);
      pids[part] = (await readyOf<{ pid: number }>(again, `chancery ${part} ready `)).pid;
    },
    async replica(service, name, own = {}) {
      const place = { CHANCERY_PORT: String(await freePort()), ...(service === 'gateway' && gatewayOwn(folder, name)) };
      return startReplica(name, service, { ...own, settings: { ...place, ...own.settings } });
    },
    async startOwn(service, own) {
      const replica = await startReplica(service, service, own);
      pids[service] = replica.process.pid;
      return replica;
    },
    stop,
    async close() {
      await stop();
      await waitFor(() => Object.values(pids).every(gone), { timeout: 20_000 });
    },
  };
}

const gatewayOwn = (folder: string, name: string): Settings => ({
  CHANCERY_METRICS_PORT: '0',
  CHANCERY_GATEWAY_NAME: name,
  CHANCERY_DATA: join(folder, name),
});

async function readyOf<Said>(running: RunningProcess, beginning: string): Promise<Said> {
  const line = await running.line(new RegExp(`^${beginning}`), patience);
  return JSON.parse(line.slice(beginning.length)) as Said;
}

function noBroker(error: unknown): never {
  // Another cluster than one of the drill's own will not do.
  const why = /no Kafka broker: .*?(?=, or name|$)/m.exec(String(error))?.[0];
  throw why === undefined ? error : new CannotRun(why, { cause: error });
}

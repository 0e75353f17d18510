import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@chancery/eventstore/embedded';
import { type RunningProcess, runProcess, temporaryFolder } from '@chancery/testing';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** One running Chancery of several over one database, each a process of its own. */
export interface Replica {
  /** Where this replica answers; every replica's issuer is the first one's. */
  readonly url: string;
  readonly issuer: string;
  /** Path of the first operator's credential, in the folder that the replicas share nothing of but this. */
  readonly operator: string;
  readonly process: RunningProcess;
  /** Ends it without a word, as a crash would. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface Replicas {
  readonly issuer: string;
  /** Starts the next one, or the same again (`index`) after it ended. */
  start(index: number): Promise<Replica>;
  close(): Promise<void>;
}

/** The replicas that share a database, a master key and an issuer. The first one to start makes the operator. */
export async function replicasOn(databaseUrl: string, settings: Readonly<Record<string, string>> = {}): Promise<Replicas> {
  const masterKey = randomBytes(32).toString('base64url');
  const folders: ReturnType<typeof temporaryFolder>[] = [];
  const ports: number[] = [await freePort()];
  const issuer = `http://127.0.0.1:${ports[0]}`;
  const running = new Set<Replica>();
  return {
    issuer,
    async start(index) {
      ports[index] ??= await freePort();
      folders[index] ??= temporaryFolder();
      const data = join(folders[index].path, 'data');
      const url = `http://127.0.0.1:${ports[index]}`;
      const process = runProcess(main, {
        env: {
          CHANCERY_PORT: String(ports[index]),
          CHANCERY_DATA: data,
          CHANCERY_ISSUER: issuer,
          CHANCERY_DATABASE_URL: databaseUrl,
          CHANCERY_MASTER_KEY: masterKey,
          // Two cores, many processes: only the staleness specs judge by five seconds.
          CHANCERY_STALENESS_BUDGET: '60',
          CHANCERY_LOG_LEVEL: 'warn',
          ...settings,
        },
      });
      await process.line('chancery ready', 60_000);
      const replica: Replica = {
        url,
        issuer,
        operator: join(folders[0]?.path ?? '', 'data', 'operator.json'),
        process,
        async crash() {
          running.delete(replica);
          await process.kill('SIGKILL');
        },
        async stop() {
          running.delete(replica);
          await process.kill('SIGTERM');
        },
      };
      running.add(replica);
      return replica;
    },
    async close() {
      await Promise.all([...running].map((replica) => replica.stop()));
      for (const folder of folders) folder.remove();
    },
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { areFree } from './free-ports.js';

/** What `scripts/kafka-broker.mjs` gives. */
export interface Broker {
  readonly brokers: string;
  readonly pid?: number;
  readonly ended?: Promise<void>;
  stop(): Promise<void>;
}

type StartBroker = (options: { folder: string; port?: number; say(text: string): void }) => Promise<Broker>;

const script = new URL('../../../scripts/kafka-broker.mjs', import.meta.url);

/** Starts a broker on this machine, on the data and the port it had before. @throws Error that says what to install where none can be had */
export async function startBroker(dataDir: string, before: string | undefined, say: (text: string) => void): Promise<Broker> {
  const { startBroker: start } = (await import(script.href)) as { startBroker: StartBroker };
  const folder = join(dataDir, 'kafka');
  mkdirSync(folder, { recursive: true });
  const last = Number(before?.split(':').at(-1) ?? 0);
  const port = last > 0 && (await areFree([last])) ? last : undefined;
  return start({ folder, say, ...(port !== undefined && { port }) });
}

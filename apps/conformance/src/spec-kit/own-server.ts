import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onlySettings, runProcess, temporaryFolder } from '@chancery/testing';

export interface OwnServer {
  readonly issuer: string;
  readonly operator: string;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('../../../all-in-one/dist/main.js', import.meta.url));

/** Milliseconds. A first start makes a database; on a busy machine that takes its time. */
const patience = 60_000;

/** An all-in-one Chancery of our own, as built, on a free port over a temporary folder. */
export async function startOwnServer(): Promise<OwnServer> {
  const folder = temporaryFolder();
  const server = runProcess(main, {
    env: onlySettings({ CHANCERY_DATA: folder.path, CHANCERY_PORT: String(await freePort()) }),
  });
  const stop = async () => {
    await server.kill('SIGTERM');
    folder.remove();
  };
  try {
    const ready = await server.line(/^chancery ready /, patience);
    const { issuer, operator } = JSON.parse(ready.slice('chancery ready '.length)) as Omit<OwnServer, 'stop'>;
    return { issuer, operator, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

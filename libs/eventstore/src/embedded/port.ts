import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range systems give to outgoing connections: a pool that retries on loopback while the server is away could otherwise be given
// the server's own port, connect to itself, and keep it.
const lowest = 15_000;
const beyond = 32_000;

/** A port nobody listens on at the moment; somebody may take it before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, beyond);
    if (await free(port)) return port;
  }
}

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

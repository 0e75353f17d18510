import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Where on a wire to PostgreSQL a process dies: the record step, seen from outside, so that no build has to carry it. */
export interface Failpoint {
  readonly name: string;
  /** What the process says when it comes to this step. */
  readonly says: string;
  /**
   * `before`: it never reaches the database. `during`: it does, and the process dies at once. `unheard`: the database has done it and the process
   * dies before it hears. `heard`: the process has heard, and dies at once.
   */
  readonly when: 'before' | 'during' | 'unheard' | 'heard';
}

export interface FailpointWire {
  readonly port: number;
  /** Waits for the failpoint, has `die` end the process there, and cuts its connection. Resolves when it has happened. */
  arm(failpoint: Failpoint, die: () => void): Promise<void>;
  close(): Promise<void>;
}

interface Armed extends Failpoint {
  readonly hit: () => void;
  /** The connection on which it was said, from then on. */
  on?: Socket;
}

/** Forwards 127.0.0.1:`port` to the server on this machine, and knows what passes. */
export async function startFailpointWire(serverPort: number): Promise<FailpointWire> {
  const sockets = new Set<Socket>();
  let armed: Armed | undefined;
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket.setNoDelay(true));
      socket
        .on('error', () => undefined)
        .once('close', () => {
          sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
    }
    const hit = (): void => {
      const one = armed;
      armed = undefined;
      one?.hit();
      client.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      const said = armed !== undefined && armed.on === undefined && bytes.includes(armed.says);
      if (said && armed?.when === 'before') return hit();
      server.write(bytes);
      if (!said || !armed) return;
      if (armed.when === 'during') return hit();
      armed.on = client;
    });
    server.on('data', (bytes: Buffer) => {
      const answered = armed !== undefined && armed.on === client;
      if (answered && armed?.when === 'unheard') return hit();
      client.write(bytes, () => {
        if (answered && armed?.on === client) hit();
      });
    });
  });
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    arm: (failpoint, die) =>
      new Promise((resolve) => {
        const hit = (): void => {
          die();
          resolve();
        };
        armed = { ...failpoint, hit };
      }),
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

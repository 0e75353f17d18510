import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A wire between a client and a server that can be made to fail. */
export interface TcpProxy {
  /** Where it listens on 127.0.0.1; the same for its whole life. */
  readonly port: number;
  /** How many connections are open now. */
  connections(): number;
  /** Resets every open connection; new ones are forwarded. */
  cut(): void;
  /** Resets every open connection and refuses new ones, as a server that is away. */
  refuse(): Promise<void>;
  /** Forwards again after `refuse`. */
  accept(): Promise<void>;
  /** Holds back every chunk of both directions for so many milliseconds, in order; 0 ends it. */
  delay(ms: number): void;
  /**
   * Waits for the first chunk of the server's bytes for which `matches` holds, throws it away and resets that connection: the server acted and
   * the client never learns. Resolves when it has happened.
   */
  loseAnswer(matches: (bytes: Buffer) => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Wire {
  readonly client: Socket;
  readonly server: Socket;
}

/** Forwards 127.0.0.1:`port` to `host`:`port` of the target. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const wires = new Set<Wire>();
  const state = { delay: 0, lost: undefined as { matches: (bytes: Buffer) => boolean; done: () => void } | undefined };
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const wire: Wire = { client, server: connect({ ...target, allowHalfOpen: true }) };
    wires.add(wire);
    const end = () => {
      wires.delete(wire);
      reset(wire);
    };
    for (const socket of [wire.client, wire.server]) socket.setNoDelay(true).once('error', end).once('close', end);
    forward(wire.client, wire.server, () => state.delay);
    forward(
      wire.server,
      wire.client,
      () => state.delay,
      (bytes) => {
        if (!state.lost?.matches(bytes)) return false;
        const { done } = state.lost;
        state.lost = undefined;
        end();
        done();
        return true;
      },
    );
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => listener.once('error', reject).listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const wire of wires) reset(wire);
    wires.clear();
  };
  const refuse = async () => {
    const closed = new Promise<void>((resolve) => (listener.listening ? listener.close(() => resolve()) : resolve()));
    cut();
    await closed;
  };
  await listen(0);
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    connections: () => wires.size,
    cut,
    refuse,
    accept: () => (listener.listening ? Promise.resolve() : listen(port)),
    delay: (ms) => void (state.delay = ms),
    loseAnswer: (matches) => new Promise((done) => (state.lost = { matches, done })),
    close: refuse,
  };
}

function reset({ client, server }: Wire): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}

/** One direction; `swallow` may end the wire instead of letting a chunk through. */
function forward(from: Socket, to: Socket, delay: () => number, swallow: (bytes: Buffer) => boolean = () => false): void {
  const queue: (() => void)[] = [];
  let draining = false;
  const drain = async () => {
    if (draining) return;
    draining = true;
    for (let act = queue.shift(); act; act = queue.shift()) {
      const wait = delay();
      if (wait > 0) await sleep(wait);
      if (!to.destroyed) act();
    }
    draining = false;
  };
  const after = (act: () => void) => {
    queue.push(act);
    void drain();
  };
  from.on('data', (bytes: Buffer) => {
    if (!swallow(bytes)) after(() => to.write(bytes));
  });
  from.once('end', () => after(() => to.end()));
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Server, ServerExit } from './server.js';

export interface Supervised {
  /** The process id of the server that runs now, or ran last. */
  pid(): number;
  /** Ends supervision and the server. */
  stop(): Promise<void>;
}

export interface Supervision {
  /** Starts a server again where the last one was; gives up when aborted. */
  readonly restart: (signal: AbortSignal) => Promise<Server>;
  readonly onExit: (exit: ServerExit) => void;
  readonly onRestart: () => void;
  /** A restart that failed; the next one follows. */
  readonly onFailure: (error: unknown) => void;
}

const quickLifeMs = 10_000;
const longestPauseMs = 1_000;

/** Starts the server again whenever it ends, until stopped: at once the first time, with growing pauses when it keeps ending. */
export function supervise(first: Server, supervision: Supervision): Supervised {
  const stopping = new AbortController();
  let current = first;
  const watch = async () => {
    for (let quick = 0; ;) {
      const since = performance.now();
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      supervision.onExit(exit);
      quick = performance.now() - since < quickLifeMs ? quick + 1 : 0;
      const next = await startAgain(supervision, quick, stopping.signal);
      if (next === undefined) return;
      current = next;
      supervision.onRestart();
    }
  };
  const watching = watch();
  return {
    pid: () => current.pid,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}

async function startAgain(supervision: Supervision, quick: number, signal: AbortSignal): Promise<Server | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const pause = Math.min(longestPauseMs, 50 * (2 ** Math.min(attempt + Math.max(0, quick - 1), 5) - 1));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    try {
      const server = await supervision.restart(signal);
      if (!signal.aborted) return server;
      await server.stop();
    } catch (error) {
      if (!signal.aborted) supervision.onFailure(error);
    }
  }
  return undefined;
}

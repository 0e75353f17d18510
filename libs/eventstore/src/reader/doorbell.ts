import { channels } from '../postgres/notifier.js';
import { follow } from './follow.js';
import { openSession, type Session } from './session.js';

export type Channel = (typeof channels)[keyof typeof channels];

/** One connection that listens for all readers of a process. It only saves them the poll: none depends on it. */
export interface Doorbell {
  /** Calls `listener` for each notification, and whenever some may have been missed. Answers how to stop that. */
  on(channel: Channel, listener: () => void): () => void;
  close(): Promise<void>;
}

export interface DoorbellOptions {
  readonly url: string;
  onTrouble?(error: unknown): void;
}

export function openDoorbell({ url, onTrouble }: DoorbellOptions): Doorbell {
  const listeners = new Map<Channel, Set<() => void>>(Object.values(channels).map((channel) => [channel, new Set()]));
  const ring = (channel: string) => listeners.get(channel as Channel)?.forEach((listener) => listener());
  let session: Session | undefined;
  let closed = false;

  const listening = follow({
    async step() {
      session = await openSession(url, 'chancery doorbell');
      try {
        session.client.on('notification', ({ channel }) => ring(channel));
        for (const channel of listeners.keys()) await session.client.query(`listen ${channel}`);
        // What was sent while nobody listened is not sent again.
        for (const channel of listeners.keys()) ring(channel);
        if (!closed) await session.lost;
      } finally {
        await session.close();
      }
      if (!closed) throw new Error('the listening connection was lost');
      return false;
    },
    ...(onTrouble && { onTrouble }),
  });
  return {
    on(channel, listener) {
      listeners.get(channel)?.add(listener);
      return () => void listeners.get(channel)?.delete(listener);
    },
    async close() {
      closed = true;
      await Promise.all([session?.close(), listening.stop()]);
    },
  };
}

import { channels } from '../postgres/notifier.js';
import type { Queryable } from '../reader/queryable.js';
import { openSession, type Session } from '../reader/session.js';

/** The lane's own connection, opened again after it was lost; it also listens. */
export class LaneConnection {
  readonly #url: string;
  readonly #onNotice: () => void;
  #session: Session | undefined;
  #away = false;

  constructor(url: string, onNotice: () => void) {
    this.#url = url;
    this.#onNotice = onNotice;
  }

  /** The store did not answer the last time. */
  get away(): boolean {
    return this.#away;
  }

  async use(work: (client: Queryable) => Promise<void>): Promise<void> {
    try {
      this.#session ??= await this.#open();
      await work(this.#session.client);
      this.#away = false;
    } catch (error) {
      this.#away = true;
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async #open(): Promise<Session> {
    const session = await openSession(this.#url, 'chancery revocation lane');
    session.client.on('notification', this.#onNotice);
    await session.client.query(`listen ${channels.revocations}`);
    return session;
  }
}

import type { Subscription } from '../bus.js';
import { standForLeader, type Standing } from '../leader.js';
import type { Consumer } from './consumer.js';

export interface MemberOptions {
  readonly url: string;
  readonly group: string;
  /** Run by one member of the group at a time. */
  readonly shared: readonly Consumer[];
  /** Run by every member: topics that live in its process. */
  readonly own: readonly Consumer[];
  onTrouble?(error: unknown): void;
}

/** A subscription: one process of a group. The group's lock decides which of them handles. */
export class Member implements Subscription {
  readonly #consumers: readonly Consumer[];
  readonly #standing: Standing | undefined;
  readonly group: string;

  constructor({ url, group, shared, own, onTrouble }: MemberOptions) {
    this.group = group;
    this.#consumers = [...shared, ...own];
    for (const consumer of own) consumer.start();
    if (shared.length === 0) return;
    this.#standing = standForLeader({
      url,
      name: `bus/${group}`,
      onLead: () => shared.forEach((consumer) => consumer.start()),
      onLose: () => shared.forEach((consumer) => void consumer.pause()),
      ...(onTrouble && { onTrouble }),
    });
  }

  wake(): void {
    for (const consumer of this.#consumers) consumer.wake();
  }

  async caughtUp(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.caughtUp()));
  }

  async retry(key: string): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.retry(key)));
  }

  async stop(): Promise<void> {
    // The handler's call in hand ends before the lock is given up: the next member must not begin beside it.
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    await this.#standing?.resign();
  }
}

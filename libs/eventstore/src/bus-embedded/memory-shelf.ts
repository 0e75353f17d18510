import type { Quarantined } from '../bus.js';
import type { Cursor } from '../contract.js';
import { beginning } from '../reader/cursor.js';
import type { SetAside } from './attempt.js';
import type { Shelf } from './shelf.js';

interface Kept {
  readonly quarantined: Quarantined;
  state: SetAside['state'];
}

/** For the topic that lives in memory: whatever becomes of the database, revocations are handled. */
export class MemoryShelf implements Shelf {
  readonly #group: string;
  readonly #nextId: () => bigint;
  readonly #kept = new Map<bigint, Kept>();
  #offset = beginning;

  constructor(group: string, nextId: () => bigint) {
    this.#group = group;
    this.#nextId = nextId;
  }

  async offset(): Promise<Cursor> {
    return this.#offset;
  }

  async heldKeys(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const held = new Set([...this.#kept.values()].map(({ quarantined }) => quarantined.record.key));
    return new Set(keys.filter((key) => held.has(key)));
  }

  async commit({ to }: { to: Cursor }, setAside: readonly SetAside[]): Promise<void> {
    for (const { record, state, cause } of setAside) {
      const id = this.#nextId();
      this.#kept.set(id, { quarantined: { id, group: this.#group, record, cause }, state });
    }
    this.#offset = to;
  }

  async released(): Promise<readonly Quarantined[]> {
    const kept = [...this.#kept.values()];
    const failed = new Set(kept.filter(({ state }) => state === 'failed').map(({ quarantined }) => quarantined.record.key));
    return kept.map(({ quarantined }) => quarantined).filter(({ record }) => !failed.has(record.key));
  }

  async settle(id: bigint, failed?: string): Promise<void> {
    const kept = this.#kept.get(id);
    if (failed === undefined || !kept) this.#kept.delete(id);
    else this.#kept.set(id, { quarantined: { ...kept.quarantined, cause: failed }, state: 'failed' });
  }

  async release(key: string): Promise<void> {
    for (const kept of this.#kept.values()) if (kept.quarantined.record.key === key) kept.state = 'held';
  }

  async decided(key: string): Promise<boolean> {
    const waiting = [...this.#kept.values()].filter(({ quarantined }) => quarantined.record.key === key);
    return waiting.length === 0 || waiting.some(({ state }) => state === 'failed');
  }

  list(): readonly Quarantined[] {
    return [...this.#kept.values()].map(({ quarantined }) => quarantined);
  }

  drop(id: bigint): boolean {
    return this.#kept.delete(id);
  }
}

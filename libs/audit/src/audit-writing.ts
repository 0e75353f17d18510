import { StoreUnavailable } from '@chancery/eventstore';
import type { BusMessage, Log } from '@chancery/platform';
import type { DataSource } from 'typeorm';
import { appendEntries } from './log/append-entries.js';
import type { HeadWatch } from './log/head-watch.js';
import { RollBroken } from './roll/roll-broken.js';

/** What the bus brings, kept. At least once is enough: what is there already is left as it is. */
export class AuditWriting {
  #alarmedAt = -Infinity;

  constructor(
    private readonly dataSource: DataSource,
    private readonly watch: HeadWatch,
    private readonly log: Log,
  ) {}

  async enter(messages: readonly BusMessage[]): Promise<void> {
    try {
      await appendEntries(this.dataSource, messages);
    } catch (error) {
      throw error instanceof RollBroken ? this.#standStill(error) : error;
    }
    if (this.#alarmedAt > 0) this.log.info({ reason: 'roll_repaired' }, 'the roll takes records again');
    this.#alarmedAt = -Infinity;
    this.watch.wake();
  }

  /**
   * A roll that contradicts itself is no record's fault, and every record would fail on it: to the bus it is an outage, so that all of them wait where they
   * are, in order, until somebody has put the database right.
   */
  #standStill(broken: RollBroken): StoreUnavailable {
    const now = performance.now();
    if (now - this.#alarmedAt >= alarmEvery) {
      this.#alarmedAt = now;
      this.log.error({ err: broken, reason: 'roll_broken' }, 'the roll contradicts itself: no record is taken until it is put right');
    }
    return new StoreUnavailable('the roll contradicts itself', { cause: broken });
  }
}

/** Milliseconds between two alarms about the same. */
const alarmEvery = 60_000;

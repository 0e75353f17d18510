import type { ActivityRecord } from '@chancery/events';
import type { BusMessage } from '@chancery/platform';
import type { DataSource } from 'typeorm';
import { keepAcknowledgements } from './gateways/acknowledgements.js';
import { appendEntries } from './log/append-entries.js';
import type { HeadWatch } from './log/head-watch.js';

/** What the bus brings, kept. At least once is enough: what is there already is left as it is. */
export class AuditWriting {
  constructor(
    private readonly dataSource: DataSource,
    private readonly watch: HeadWatch,
  ) {}

  async enter(messages: readonly BusMessage[]): Promise<void> {
    await appendEntries(this.dataSource, messages);
    this.watch.wake();
  }

  async acknowledge(messages: readonly BusMessage<Extract<ActivityRecord, { type: 'gateway.acknowledged' }>>[]): Promise<void> {
    await keepAcknowledgements(this.dataSource, messages);
  }
}

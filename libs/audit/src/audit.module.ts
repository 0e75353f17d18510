import { mainTenant } from '@chancery/events';
import type { Log, OperatorDeps } from '@chancery/platform';
import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditConsumer } from './audit.consumer.js';
import { AuditReading } from './audit-reading.js';
import { AuditWriting } from './audit-writing.js';
import { LogController } from './log.controller.js';
import { headWatch } from './log/head-watch.js';
import { lastPosition } from './log/read-log.js';
import { watchNumbering } from './numbering/report-gaps.js';

export interface AuditOptions {
  /** Of role `chancery_audit`; see `openAuditDatabase`. Whoever opened it closes it, after the service. */
  readonly dataSource: DataSource;
  /** Public keys services sign their word with. */
  readonly keys: OperatorDeps['keys'];
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** What ends with the service. */
export class Watching {
  constructor(readonly end: () => void) {}
}

/** Topics its transport listens to: everything that is published but the revocation set, which is the same events again. */
export const auditTopics = ['chancery.registry', 'chancery.issuance', 'chancery.activity'] as const;

@Module({})
export class AuditModule implements OnModuleDestroy {
  constructor(private readonly numbering: Watching) {}

  static with({ dataSource, keys, now, log }: AuditOptions): DynamicModule {
    const watch = headWatch(() => lastPosition(dataSource, mainTenant));
    return {
      module: AuditModule,
      controllers: [LogController, AuditConsumer],
      providers: [
        { provide: AuditReading, useFactory: () => new AuditReading(dataSource, watch, { keys, now }) },
        { provide: AuditWriting, useFactory: () => new AuditWriting(dataSource, watch) },
        { provide: Watching, useFactory: () => new Watching(watchNumbering({ dataSource, log })) },
      ],
    };
  }

  onModuleDestroy(): void {
    this.numbering.end();
  }
}

import { mainTenant } from '@chancery/events';
import type { Log, OperatorDeps } from '@chancery/platform';
import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditConsumer } from './audit.consumer.js';
import { AuditReading } from './audit-reading.js';
import { AuditWriting } from './audit-writing.js';
import { LogController } from './log.controller.js';
import { headWatch } from './log/head-watch.js';
import { lastPosition } from './log/read-log.js';
import { watchNumbering } from './numbering/report-gaps.js';
import { openCheckpointing } from './roll/checkpointing.js';
import type { RollDeps } from './roll/cut-checkpoint.js';
import { RollReading } from './roll/roll-reading.js';
import { RollController } from './roll/roll.controller.js';

/** The roll's name, and the keys its checkpoints are signed with. */
export interface RollOptions extends Pick<RollDeps, 'origin' | 'key' | 'keys'> {
  /** Milliseconds between two checkpoints of a roll that grows; 10 000 unless told. */
  readonly every?: number;
}

export interface AuditOptions {
  /** Of role `chancery_audit`; see `openAuditDatabase`. Whoever opened it closes it, after the service. */
  readonly dataSource: DataSource;
  /** Public keys services sign their word with. */
  readonly keys: OperatorDeps['keys'];
  /** Seconds, by the database's clock. */
  readonly now: () => number;
  readonly log: Log;
  readonly roll: RollOptions;
}

/** What ends with the service. */
export class Watching {
  constructor(readonly end: () => void) {}
}

/** What is done once nothing more arrives. */
export class Closing {
  constructor(readonly end: () => Promise<void>) {}
}

/** Topics its transport listens to: everything that is published but the revocation set, which is the same events again. */
export const auditTopics = ['chancery.registry', 'chancery.issuance', 'chancery.activity'] as const;

@Module({})
export class AuditModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly numbering: Watching,
    private readonly roll: Closing,
  ) {}

  static with({ dataSource, keys, now, log, roll: { every, ...roll } }: AuditOptions): DynamicModule {
    const deps: RollDeps = { dataSource, tenant: mainTenant, ...roll };
    const watch = headWatch(() => lastPosition(dataSource, mainTenant));
    return {
      module: AuditModule,
      controllers: [LogController, RollController, AuditConsumer],
      providers: [
        { provide: AuditReading, useFactory: () => new AuditReading(dataSource, watch, { keys, now }) },
        { provide: AuditWriting, useFactory: () => new AuditWriting(dataSource, watch) },
        { provide: RollReading, useFactory: () => new RollReading(deps, { keys, now, service: 'audit' }, log) },
        {
          provide: Closing,
          useFactory: () => new Closing(openCheckpointing({ roll: deps, log, ...(every !== undefined && { every }) }).end),
        },
        { provide: Watching, useFactory: () => new Watching(watchNumbering({ dataSource, log })) },
      ],
    };
  }

  onModuleDestroy(): void {
    this.numbering.end();
  }

  /** The consumer has stopped by now: this checkpoint covers everything that came. */
  onApplicationShutdown(): Promise<void> {
    return this.roll.end();
  }
}

import { mainTenant } from '@chancery/events';
import type { Log, OperatorDeps } from '@chancery/platform';
import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { QuarantineDeps } from './quarantine/decide.js';
import { Quarantine } from './quarantine/quarantine.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { openPublisher, type SiemOptions } from './siem/publisher.js';
import { AuditConsumer } from './audit.consumer.js';
import { AuditReading } from './audit-reading.js';
import { AuditWriting } from './audit-writing.js';
import { Gateways } from './gateways/gateways.js';
import { GatewaysConsumer } from './gateways/gateways.consumer.js';
import { GatewaysController } from './gateways/gateways.controller.js';
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
  /** The bus that the service's transport listens to: what it set aside there is listed, tried again and given up. */
  readonly bus: QuarantineDeps['bus'];
  /** Where SIEMs are told of issuances and revocations; absent where there is no cluster to tell them on. */
  readonly siem?: SiemOptions;
}

/** What ends with the service. */
export class Watching {
  constructor(readonly end: () => void) {}
}

/** What is done once nothing more arrives. */
export class Closing {
  constructor(readonly end: () => Promise<void>) {}
}

/** What is told to others, until nothing more arrives. */
export class Telling {
  constructor(readonly end: () => Promise<void>) {}
}

/** Topics its transport listens to: everything that is published but the revocation set, which is the same events again. */
export const auditTopics = ['chancery.registry', 'chancery.issuance', 'chancery.activity'] as const;

@Module({})
export class AuditModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly numbering: Watching,
    private readonly roll: Closing,
    private readonly siem: Telling,
  ) {}

  static with({ dataSource, keys, now, log, bus, siem, roll: { every, ...roll } }: AuditOptions): DynamicModule {
    const operators = { keys, now, service: 'audit' } as const;
    const deps: RollDeps = { dataSource, tenant: mainTenant, ...roll };
    const watch = headWatch(() => lastPosition(dataSource, mainTenant));
    return {
      module: AuditModule,
      controllers: [LogController, RollController, QuarantineController, GatewaysController, AuditConsumer, GatewaysConsumer],
      providers: [
        { provide: AuditReading, useFactory: () => new AuditReading(dataSource, watch, { keys, now }) },
        { provide: AuditWriting, useFactory: () => new AuditWriting(dataSource, watch, log) },
        { provide: Gateways, useFactory: () => new Gateways(dataSource, { keys, now }, log) },
        { provide: RollReading, useFactory: () => new RollReading(deps, operators, log) },
        { provide: Quarantine, useFactory: () => new Quarantine({ bus, now, log }, operators) },
        {
          provide: Closing,
          useFactory: () => new Closing(openCheckpointing({ roll: deps, log, ...(every !== undefined && { every }) }).end),
        },
        {
          provide: Telling,
          useFactory: () =>
            new Telling(siem ? openPublisher({ ...siem, dataSource, tenant: mainTenant, watch, log }).end : () => Promise.resolve()),
        },
        { provide: Watching, useFactory: () => new Watching(watchNumbering({ dataSource, log })) },
      ],
    };
  }

  onModuleDestroy(): void {
    this.numbering.end();
  }

  /** The consumer has stopped by now: this checkpoint covers everything that came. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.roll.end(), this.siem.end()]);
  }
}

import type { BusMessage } from '@chancery/platform';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { AuditWriting } from './audit-writing.js';

/** Everything that is published enters the log, but for what gateways say of their progress. */
@Controller()
export class AuditConsumer {
  constructor(private readonly writing: AuditWriting) {}

  @EventPattern('*', { batch: true })
  async enter(@Payload() messages: BusMessage[]): Promise<void> {
    await this.writing.enter(messages);
  }
}

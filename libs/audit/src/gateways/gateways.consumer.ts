import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Acknowledged } from './acknowledgements.js';
import { Gateways } from './gateways.js';

/** What gateways say of their progress enters no log. */
@Controller()
export class GatewaysConsumer {
  constructor(private readonly gateways: Gateways) {}

  @EventPattern('gateway.acknowledged', { batch: true })
  async acknowledge(@Payload() messages: Acknowledged[]): Promise<void> {
    await this.gateways.acknowledge(messages);
  }
}

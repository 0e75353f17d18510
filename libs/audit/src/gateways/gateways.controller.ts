import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GatewayList } from './list-gateways.js';
import { Gateways } from './gateways.js';

@Controller('admin/v1/gateways')
export class GatewaysController {
  constructor(private readonly gateways: Gateways) {}

  @Get()
  list(@Req() request: FastifyRequest): Promise<GatewayList> {
    return this.gateways.list(request);
  }
}

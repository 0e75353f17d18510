import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditReading } from './audit-reading.js';

@Controller('admin/v1')
export class LogController {
  constructor(private readonly reading: AuditReading) {}

  @Get('log')
  log(@Req() request: FastifyRequest): Promise<unknown> {
    return this.reading.log(request);
  }
}

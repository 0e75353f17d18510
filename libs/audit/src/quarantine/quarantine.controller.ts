import type { ServiceRequest } from '@chancery/platform';
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { Quarantine } from './quarantine.js';

/** The operators' API for what the audit service could not handle. */
@Controller('admin/v1/quarantine')
export class QuarantineController {
  constructor(private readonly quarantine: Quarantine) {}

  @Get()
  list(@Req() request: ServiceRequest): Promise<object> {
    return this.quarantine.list(request);
  }

  @Post('retry')
  @HttpCode(200)
  retry(@Req() request: ServiceRequest): Promise<object> {
    return this.quarantine.retry(request);
  }

  @Post(':id/drop')
  @HttpCode(200)
  drop(@Req() request: ServiceRequest, @Param('id') id: string): Promise<object> {
    return this.quarantine.drop(request, id);
  }
}

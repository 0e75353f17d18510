import type { ServiceRequest } from '@chancery/platform';
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { RollReading } from './roll-reading.js';

type Answer = Promise<object>;

/** The operators' API for the roll. */
@Controller('admin/v1/log')
export class RollController {
  constructor(private readonly reading: RollReading) {}

  @Get('key')
  key(@Req() request: ServiceRequest): object {
    return this.reading.key(request);
  }

  @Get('checkpoint')
  checkpoint(@Req() request: ServiceRequest): Answer {
    return this.reading.checkpoint(request);
  }

  @Post('checkpoint')
  @HttpCode(200)
  cut(@Req() request: ServiceRequest): Answer {
    return this.reading.cut(request);
  }

  @Get('proof/:position')
  proof(@Req() request: ServiceRequest, @Param('position') position: string): Answer {
    return this.reading.proof(request, position);
  }

  @Get('export')
  frame(@Req() request: ServiceRequest): Answer {
    return this.reading.frame(request);
  }

  @Get('export/entries')
  entries(@Req() request: ServiceRequest): Answer {
    return this.reading.entries(request);
  }
}

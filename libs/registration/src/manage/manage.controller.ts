import type { ServiceRequest } from '@chancery/platform';
import { Controller, Delete, Get, Header, HttpCode, Post, Put, Req } from '@nestjs/common';
import { ManageAgents } from './manage-agents.js';

type Answer = Promise<Record<string, unknown>>;

/** A registration at its own URI (RFC 7592 §2), and the rotation of its secret below it. */
@Controller('register/:clientId')
export class ManageController {
  constructor(private readonly agents: ManageAgents) {}

  @Get()
  @Header('cache-control', 'no-store')
  read(@Req() request: ServiceRequest): Answer {
    return this.agents.read(request);
  }

  @Put()
  @Header('cache-control', 'no-store')
  replace(@Req() request: ServiceRequest): Answer {
    return this.agents.replace(request);
  }

  @Delete()
  @HttpCode(204)
  delete(@Req() request: ServiceRequest): Promise<void> {
    return this.agents.delete(request);
  }

  @Post('secret')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  rotateSecret(@Req() request: ServiceRequest): Answer {
    return this.agents.rotateSecret(request);
  }
}

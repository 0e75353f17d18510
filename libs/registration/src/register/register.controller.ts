import type { ServiceRequest } from '@chancery/platform';
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { RegisterAgents } from './register-agents.js';

@Controller('register')
export class RegisterController {
  constructor(private readonly agents: RegisterAgents) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  register(@Req() request: ServiceRequest): Promise<Record<string, unknown>> {
    return this.agents.register(request);
  }
}

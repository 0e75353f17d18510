import type { ServiceRequest } from '@chancery/platform';
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { answer } from './answer.js';
import { RegisterAgents } from './register-agents.js';

@Controller('register')
export class RegisterController {
  constructor(private readonly agents: RegisterAgents) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async register(@Req() request: ServiceRequest): Promise<Record<string, unknown>> {
    return answer(await this.agents.register(request));
  }
}

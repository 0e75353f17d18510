import type { ServiceRequest } from '@chancery/platform';
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { Revocations } from './revocations.js';

@Controller('revoke')
export class RevokeController {
  constructor(private readonly revocations: Revocations) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  revoke(@Req() request: ServiceRequest): Promise<void> {
    return this.revocations.revoke(request);
  }
}

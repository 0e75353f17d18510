import type { ServiceRequest } from '@chancery/platform';
import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { FeedAnswer } from './feed.js';
import { RevocationFeed } from './revocation-feed.js';

@Controller('revocations/feed')
export class FeedController {
  constructor(private readonly revocations: RevocationFeed) {}

  @Get()
  @Header('cache-control', 'no-store')
  ask(@Req() request: ServiceRequest, @Query() query: Record<string, unknown>): Promise<FeedAnswer> {
    return this.revocations.ask(request, query);
  }
}

import { actedAnswer, bodyOf, type Caller, operatorOf, type ServiceRequest } from '@chancery/platform';
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { listKeys, revokeGrant, revokeKey, rotateKeys } from './admin.js';
import { Operations } from './operations.js';

type Answer = Promise<Record<string, unknown>>;

/** The operators' API for what the token service owns. Each line: whose act with which scope, one call, one answer. */
@Controller('admin/v1')
export class AdminController {
  constructor(private readonly at: Operations) {}

  @Post('grants/:id/revoke')
  @HttpCode(200)
  async revokeGrant(@Req() request: ServiceRequest, @Param('id') grantId: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(await revokeGrant(grantId, bodyOf(request, 'json'), operator, this.at.issuing));
  }

  @Get('keys')
  async keys(@Req() request: ServiceRequest): Answer {
    this.operator(request, 'chancery:registry');
    return listKeys(this.at.issuing);
  }

  @Post('keys/rotate')
  @HttpCode(200)
  rotate(@Req() request: ServiceRequest): Answer {
    return rotateKeys(this.operator(request, 'chancery:policy'), this.at.issuing);
  }

  @Post('keys/:kid/revoke')
  @HttpCode(200)
  async revokeKey(@Req() request: ServiceRequest, @Param('kid') kid: string): Answer {
    const operator = this.operator(request, 'chancery:revoke');
    return actedAnswer(await revokeKey(kid, bodyOf(request, 'json'), operator, this.at.issuing));
  }

  private operator(request: ServiceRequest, scope: string): Caller {
    return operatorOf(request, scope, this.at.operators);
  }
}

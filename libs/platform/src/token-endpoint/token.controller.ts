import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { headerField } from '../http/header-field.js';
import { bodyOf, requestIdOf, type ServiceRequest } from '../http/request.js';
import type { TokenAnswer } from './grant.js';
import { TokenEndpoint } from './token-endpoint.js';

@Controller('token')
export class TokenController {
  constructor(private readonly endpoint: TokenEndpoint) {}

  @Post()
  @HttpCode(200)
  post(@Req() request: ServiceRequest): Promise<TokenAnswer> {
    return this.endpoint.post({
      body: bodyOf(request, 'form'),
      authorization: headerField(request.raw, 'authorization'),
      dpop: headerField(request.raw, 'dpop'),
      requestId: requestIdOf(request),
    });
  }
}

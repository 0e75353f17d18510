import { type DynamicModule, Module } from '@nestjs/common';
import { TokenController } from './token.controller.js';
import { TokenEndpoint, type TokenEndpointOptions } from './token-endpoint.js';

export type { TokenEndpointOptions } from './token-endpoint.js';

/** `POST /token` for the grants of one service. */
@Module({})
export class TokenEndpointModule {
  static with(options: TokenEndpointOptions): DynamicModule {
    return {
      module: TokenEndpointModule,
      controllers: [TokenController],
      providers: [{ provide: TokenEndpoint, useFactory: () => new TokenEndpoint(options) }],
    };
  }
}

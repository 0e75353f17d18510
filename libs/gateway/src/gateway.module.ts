import { type DynamicModule, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Gateway, openGateway } from './gateway.js';
import type { GatewayOptions } from './options.js';

/** The enforcement point as a service: no database, everything it decides by is in memory. */
@Module({})
export class GatewayModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly gateway: Gateway,
    private readonly adapter: HttpAdapterHost,
  ) {}

  static with(options: GatewayOptions): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: Gateway, useFactory: () => openGateway(options) }],
      exports: [Gateway],
    };
  }

  async onModuleInit(): Promise<void> {
    everyCallTo(this.gateway, this.adapter.httpAdapter.getInstance<FastifyInstance>());
    await this.gateway.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.gateway.stop();
  }
}

/** Before anything was parsed: a body belongs to the API behind, and is streamed to it. */
function everyCallTo(gateway: Gateway, fastify: FastifyInstance): void {
  fastify.all('/*', {
    onRequest: async (request, reply) => {
      reply.hijack();
      await gateway.handle(request.raw, reply.raw);
    },
    handler: () => Promise.reject(new Error('no call comes this far')),
  });
}

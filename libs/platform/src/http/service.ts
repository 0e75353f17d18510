import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceName } from '../keys/key-ring.js';
import type { Log } from '../logs/log.js';
import type { Refusals } from '../refusals/refusals.js';
import { answerErrors } from './answer-error.js';
import { ErrorsFilter } from './errors.filter.js';
import { fastifyAdapter } from './fastify.js';
import { KnownPaths } from './known-paths.js';

/** One service: a Nest application that does not listen. */
export interface ServiceApp {
  readonly name: ServiceName;
  handle(req: IncomingMessage, res: ServerResponse): void;
  readonly app: NestFastifyApplication;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: ServiceName;
  readonly module: DynamicModule;
  readonly log: Log;
  /** Where refusals of this service go: every OAuthError that leaves it below 500 is recorded, once. */
  readonly refusals?: Refusals;
  /** What its `@EventPattern` handlers listen to. */
  readonly transports?: readonly CustomTransportStrategy[];
  /** Whether it may get traffic; true unless told. */
  readonly ready?: () => boolean | Promise<boolean>;
}

/** Makes a service ready to handle requests, its event handlers subscribed. Closing it ends what its module opened. */
export async function createService(options: ServiceOptions): Promise<ServiceApp> {
  const { name, module, log, refusals } = options;
  const paths = new KnownPaths();
  const answer = answerErrors({ log, refusals });
  const adapter = fastifyAdapter(name, paths, answer);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false, abortOnError: false, bodyParser: false });
  try {
    app.useGlobalFilters(new ErrorsFilter(answer));
    for (const strategy of options.transports ?? []) {
      app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: true });
    }
    await app.startAllMicroservices();
    await app.init();
    await adapter.getInstance().ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    name,
    app,
    handle: (req, res) => adapter.getInstance().routing(req, res),
    ready: async () => (await options.ready?.()) ?? true,
    close: () => app.close(),
  };
}

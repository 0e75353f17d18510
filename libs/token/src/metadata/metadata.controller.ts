import { jwksMediaType } from '@chancery/oauth';
import { Controller, Get, Header } from '@nestjs/common';
import { Documents } from './documents.js';

/** RFC 8414 §3 and RFC 7517: what anybody may know, cached for as long as a key is published before it signs (META-06). */
@Controller()
export class MetadataController {
  constructor(private readonly documents: Documents) {}

  @Get('.well-known/oauth-authorization-server')
  @Header('cache-control', 'public, max-age=300')
  server(): Promise<Record<string, unknown>> {
    return this.documents.server();
  }

  @Get('.well-known/openid-configuration')
  @Header('cache-control', 'public, max-age=300')
  openid(): Promise<Record<string, unknown>> {
    return this.documents.server();
  }

  @Get('jwks')
  @Header('content-type', jwksMediaType)
  @Header('cache-control', 'public, max-age=300')
  jwks(): Record<string, unknown> {
    return this.documents.jwks();
  }
}

// The package brings no types. This is what the peer uses of it.
declare module 'oidc-provider' {
  import type { Server } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: object);
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this;
    listen(port: number, host: string, listening: () => void): Server;
  }
}

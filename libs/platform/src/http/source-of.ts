import type { IncomingMessage } from 'node:http';

/** The network address a request came from, as far as the connection still knows it: Node.js forgets it with the socket. */
export const sourceOf = (request: IncomingMessage): string =>
  (request.socket as IncomingMessage['socket'] | null)?.remoteAddress ?? 'unknown';

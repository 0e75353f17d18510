import type { IncomingMessage } from 'node:http';
import { type DoorRequest, doorSource } from './door-request.js';

/** The network address a request came from: as the gateway says where it stands in front, else as far as the connection still knows it: Node.js forgets it with the socket. */
export const sourceOf = (request: IncomingMessage): string =>
  (request as DoorRequest)[doorSource] ?? (request.socket as IncomingMessage['socket'] | null)?.remoteAddress ?? 'unknown';

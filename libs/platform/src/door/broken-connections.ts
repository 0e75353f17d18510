import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OAuthError } from '@chancery/oauth';
import { newId } from '../ids.js';
import type { Refusal } from '../refusals/refusals.js';
import { answerOnSocket } from './answer-on-socket.js';
import { malformedRequest, noProxy } from './malformed.js';

/** A request the door has taken, and what it is called. */
export interface Begun {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** The template of its route, once there is one. */
  endpoint: string;
}

export interface BrokenConnectionsDeps {
  /** The request that was begun last on a connection. */
  readonly last: (socket: Duplex) => Begun | undefined;
  readonly note: (refusal: Refusal) => void;
}

/**
 * Refuses, on the server's connections, what Node.js hands nobody: bytes that are no request, requests that do not arrive in time, CONNECT.
 * Each connection ends with it, after everything that was asked before has been answered.
 */
export function refuseBroken(server: Server, { last, note }: BrokenConnectionsDeps): void {
  const broken = new WeakSet<Duplex>();
  const refuse = (socket: Duplex, error: OAuthError): void => {
    // The parser complains again about every byte that follows.
    if (broken.has(socket)) return;
    broken.add(socket);
    const before = last(socket);
    const unfinished = before?.req.complete === false ? before : undefined;
    // It was answered without being read to its end.
    if (unfinished?.res.writableFinished) return void socket.destroy();
    const { requestId, endpoint } = unfinished ?? { requestId: newId('rq'), endpoint: 'unknown' };
    const { remoteAddress: source = 'unknown' } = socket as { remoteAddress?: string };
    note({ error, requestId, endpoint, source });
    const end = (): void => endWith(socket, error, { requestId, unfinished });
    if (unfinished || !before || before.res.closed) end();
    else before.res.once('close', end);
  };
  server.on('clientError', (fault: NodeJS.ErrnoException, socket) => {
    if (fault.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, malformedRequest(fault.code));
  });
  server.on('connect', (_request, socket) => refuse(socket, noProxy()));
}

function endWith(socket: Duplex, error: OAuthError, about: { requestId: string; unfinished: Begun | undefined }): void {
  const { requestId, unfinished } = about;
  // Who reads the rest of the body learns why there is none.
  const out = (): void => void (unfinished ? unfinished.req.destroy(error) : socket.destroy());
  // Bytes of ours in the middle of another answer would be worse than none.
  const amidst = unfinished?.res.headersSent === true;
  if (socket.writable && !amidst) answerOnSocket(socket, error, { requestId, out });
  // Otherwise the last answer ends the connection, and needs the time to arrive.
  else if (unfinished) out();
}

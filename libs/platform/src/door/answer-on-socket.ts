import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type OAuthError, renderJson } from '@chancery/oauth';
import { answerHeaders } from '../http/answer-headers.js';

/** Answers on the bare connection, where there is no response object to answer with, and says when all of it is out. */
export function answerOnSocket(socket: Duplex, error: OAuthError, { requestId, out }: { requestId: string; out: () => void }): void {
  const { status, headers, body } = renderJson(error);
  const text = JSON.stringify(body);
  const all = {
    ...answerHeaders,
    'x-request-id': requestId,
    ...headers,
    connection: 'close',
    'content-length': String(Buffer.byteLength(text)),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`, out);
}

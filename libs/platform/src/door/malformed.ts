import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { OAuthError, renderJson } from '@chancery/oauth';
import { answerHeaders } from '../http/answer-headers.js';

const statuses: Readonly<Record<string, { status: number; refusal: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, refusal: 'headers_too_large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, refusal: 'request_too_slow' },
};

/** The refusal of bytes that never became a request, by Node.js's code for what is wrong with them. */
export const malformedRequest = (code: string | undefined): OAuthError =>
  new OAuthError('invalid_request', statuses[code ?? ''] ?? { refusal: 'request_malformed', status: 400 });

/** Where a connection stands: the answer that was begun on it last, if any. */
export interface Broken {
  readonly socket: Duplex;
  readonly last: ServerResponse | undefined;
}

/** Answers on the bare connection, where there is no response object to answer with, and ends it. */
export function answerOnSocket({ socket, last }: Broken, error: OAuthError, requestId: string): void {
  // Bytes of ours in the middle of another answer would be worse than none.
  const amidst = last?.headersSent === true && !last.writableFinished;
  if (!socket.writable || amidst) return void socket.destroy();
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
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

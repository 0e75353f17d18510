import type { ServerResponse } from 'node:http';
import { type OAuthError, renderJson } from '@chancery/oauth';

/** An error answered by the door itself, as the services answer theirs. */
export function answerHere(res: ServerResponse, error: OAuthError): void {
  const { status, headers, body } = renderJson(error);
  answerJson(res, status, body, headers);
}

export function answerJson(res: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const text = JSON.stringify(body);
  // A body the sender never finished, or we never read, must not be taken for the next request.
  if (!res.req.complete) res.setHeader('connection', 'close');
  res.writeHead(status, { 'content-type': 'application/json', ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}

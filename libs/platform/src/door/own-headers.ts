import type { IncomingMessage } from 'node:http';
import { removeHeaders } from '../http/remove-headers.js';

/** Takes what only our own services may say out of a request from outside. */
export const removeOwnHeaders = (request: IncomingMessage): void => removeHeaders(request, (name) => name.startsWith('chancery-'));

/** Sets a header of ours on a request that is handed on in this process. */
export function setOwnHeader(request: IncomingMessage, name: string, value: string): void {
  const { headers, headersDistinct, rawHeaders } = request;
  headers[name] = value;
  headersDistinct[name] = [value];
  rawHeaders.push(name, value);
}

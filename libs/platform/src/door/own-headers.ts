import type { IncomingMessage } from 'node:http';

/** Every spelling of a header that only our own services may set: case, and underscores that some parsers read as hyphens (GW-15, MTLS-05). */
const ownHeader = (name: string): boolean => name.toLowerCase().replaceAll('_', '-').startsWith('chancery-');

/** Takes what only our own services may say out of a request from outside. */
export function removeOwnHeaders(request: IncomingMessage): void {
  const { rawHeaders } = request;
  if (!rawHeaders.some((text, at) => at % 2 === 0 && ownHeader(text))) return;
  // Node.js makes these two from the raw list when they are first asked for, and trusts its length.
  const { headers, headersDistinct } = request;
  for (const name of Object.keys(headers)) if (ownHeader(name)) delete headers[name];
  for (const name of Object.keys(headersDistinct)) if (ownHeader(name)) delete headersDistinct[name];
  const kept = rawHeaders.filter((_, at) => !ownHeader(rawHeaders[at - (at % 2)] ?? ''));
  rawHeaders.splice(0, rawHeaders.length, ...kept);
}

/** Sets a header of ours on a request that is handed on in this process. */
export function setOwnHeader(request: IncomingMessage, name: string, value: string): void {
  const { headers, headersDistinct, rawHeaders } = request;
  headers[name] = value;
  headersDistinct[name] = [value];
  rawHeaders.push(name, value);
}

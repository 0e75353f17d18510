import type { IncomingMessage } from 'node:http';

/**
 * Takes headers out of a request, wherever Node.js keeps them. `removed` is asked with names in lower case and underscores as hyphens, which is
 * how some parsers read them (GW-15, MTLS-05).
 */
export function removeHeaders(request: IncomingMessage, removed: (name: string) => boolean): void {
  const gone = (name: string): boolean => removed(name.toLowerCase().replaceAll('_', '-'));
  const { rawHeaders } = request;
  if (!rawHeaders.some((text, at) => at % 2 === 0 && gone(text))) return;
  // Node.js makes these two from the raw list when they are first asked for, and trusts its length.
  const { headers, headersDistinct } = request;
  for (const name of Object.keys(headers)) if (gone(name)) delete headers[name];
  for (const name of Object.keys(headersDistinct)) if (gone(name)) delete headersDistinct[name];
  const kept = rawHeaders.filter((_, at) => !gone(rawHeaders[at - (at % 2)] ?? ''));
  rawHeaders.splice(0, rawHeaders.length, ...kept);
}

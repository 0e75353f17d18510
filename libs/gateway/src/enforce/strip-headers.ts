import type { IncomingMessage } from 'node:http';

/** Credentials: they were for this gateway, and go no further (GW-16). */
const credentials = new Set(['authorization', 'proxy-authorization', 'dpop', 'cookie', 'txn-token']);

/** What a proxy says about a request; nobody in front of this gateway is one we know (GW-15). */
const said = ['forwarded', 'x-forwarded', 'x-real-ip', 'x-original', 'x-rewrite', 'client-cert', 'x-client-cert', 'chancery-'];

/** Some parsers read an underscore as a hyphen. */
const stripped = (name: string): boolean => {
  const spelled = name.toLowerCase().replaceAll('_', '-');
  return credentials.has(spelled) || said.some((prefix) => spelled.startsWith(prefix));
};

/** Takes out of a request, in every spelling, what its caller may not say to the API behind. */
export function stripHeaders(request: IncomingMessage): void {
  const { rawHeaders } = request;
  // Node.js makes these two from the raw list when they are first asked for, and trusts its length.
  const { headers, headersDistinct } = request;
  for (const name of Object.keys(headers)) if (stripped(name)) delete headers[name];
  for (const name of Object.keys(headersDistinct)) if (stripped(name)) delete headersDistinct[name];
  const kept = rawHeaders.filter((_, at) => !stripped(rawHeaders[at - (at % 2)] ?? ''));
  rawHeaders.splice(0, rawHeaders.length, ...kept);
}

import type { IncomingMessage } from 'node:http';

/**
 * A header as it came: undefined, one value, or all values where the field was sent more than once. Node.js keeps the first of two
 * `Authorization` fields in silence, and joins two `DPoP` fields; whoever must refuse a second one has to see it.
 */
export function headerField({ rawHeaders }: IncomingMessage, name: string): string | readonly string[] | undefined {
  let found: string | string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const field = rawHeaders[at] ?? '';
    if (field.length !== name.length || field.toLowerCase() !== name) continue;
    const value = rawHeaders[at + 1] ?? '';
    found = found === undefined ? value : [found, value].flat();
  }
  return found;
}

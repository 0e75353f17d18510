const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers that travel on, in their order, repeats included: without those of one connection, and those it lists (RFC 9110 §7.6.1). */
export function endToEnd(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  const listed = pairs.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => value.toLowerCase().split(/[\s,]+/));
  // What we say ourselves is nobody's to take away.
  const dropped = (name: string): boolean => hopByHop.has(name) || (listed.includes(name) && !name.startsWith('chancery-'));
  return pairs.filter(([name]) => !dropped(name.toLowerCase()));
}

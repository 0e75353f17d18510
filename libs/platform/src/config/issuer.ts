const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Whether a door that listens on this host name or address can be reached from this machine alone. */
export const isLoopback = (host: string): boolean => host === '::1' || host === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(host);

/** Why a text cannot be the issuer identifier (RFC 8414 §2; META-03, WIRE-15), or undefined. Never a repetition of the text. */
export function issuerProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https URL';
  if (url.protocol === 'http:' && !loopback.has(url.hostname))
    return 'must be https: plain http is for 127.0.0.1, [::1] and localhost only';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  if (text.includes('?') || text.includes('#')) return 'must have no query and no fragment';
  if (text.endsWith('/')) return 'must not end with a slash';
  if (url.pathname !== '/') return 'must have no path';
  // Compared byte for byte everywhere, so it has to be the spelling that every URL parser gives back.
  if (url.origin !== text) return 'must be in its canonical spelling: lower case, no default port';
  return undefined;
}

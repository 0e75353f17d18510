import { limits } from './limits.js';

/**
 * Text that is safe inside `error_description` and inside any quoted header value: %x20-21 / %x23-5B / %x5D-7E (OAuth 2.1 §3.2.4).
 * Other characters are dropped, so that no quote, backslash, CR or LF can leave a value.
 */
export const publicText = (text: string, maxChars: number = limits.errorDescriptionChars): string =>
  text.replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '').slice(0, maxChars);

/** One challenge of `WWW-Authenticate` (RFC 9110 §11.6.1). Parameters without a value are left out; the order is the caller's. */
export const challenge = (scheme: string, parameters: Record<string, string | undefined>): string => {
  const written = Object.entries(parameters)
    .map(([name, value]) => [name, publicText(value ?? '', limits.uriChars)] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${value}"`);
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`;
};

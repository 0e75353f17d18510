import { limits } from './limits.js';

/** An http or https URL in the parts of RFC 3986 §3, scheme and host in lower case, the scheme's default port dropped. */
export interface HttpUrl {
  scheme: 'http' | 'https';
  /** Host and, unless it is the default, `:port`. */
  authority: string;
  /** As written, may be empty. */
  path: string;
  /** With its `?`, may be empty. */
  query: string;
  /** With its `#`, may be empty. */
  fragment: string;
}

// Only characters RFC 3986 knows, every % with its two digits. The WHATWG parser would repair what we want to see refused.
const uriCharacters = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const httpUrl = /^(https?):\/\/([A-Za-z0-9\-._]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?(\/[^?#]*)?(\?[^#]*)?(#.*)?$/i;
const defaultPorts = { http: '80', https: '443' } as const;

/** Whether the text consists of URI characters and is not too long. */
export const isUriText = (text: string): boolean => text.length <= limits.uriChars && uriCharacters.test(text);

/** `undefined` for anything that is not an absolute http(s) URL; userinfo is refused with the rest. */
export function splitHttpUrl(text: string): HttpUrl | undefined {
  if (!isUriText(text)) return undefined;
  const match = httpUrl.exec(text);
  if (match === null) return undefined;
  const scheme = match[1]?.toLowerCase() === 'https' ? 'https' : 'http';
  const host = (match[2] ?? '').toLowerCase();
  const port = match[3] ?? '';
  return {
    scheme,
    authority: port === '' || port === defaultPorts[scheme] ? host : `${host}:${port}`,
    path: match[4] ?? '',
    query: match[5] ?? '',
    fragment: match[6] ?? '',
  };
}

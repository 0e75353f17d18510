import { splitHttpUrl } from '../http-url.js';

/**
 * The form in which `htu` and the configured URL are compared (RFC 9449 §4.3 step 9; RFC 3986 §6.2.2–6.2.3): without query and fragment,
 * scheme and host in lower case, default port dropped, empty path as `/`, escapes of unreserved characters decoded, the other escapes in
 * upper case, dot segments removed. Nothing else: a trailing slash is a difference. `undefined` for what is no http(s) URL.
 */
export function normalizeHtu(text: string): string | undefined {
  const url = splitHttpUrl(text);
  return url === undefined ? undefined : `${url.scheme}://${url.authority}${removeDotSegments(normalizeEscapes(url.path))}`;
}

const unreserved = /^[A-Za-z0-9\-._~]$/;

const normalizeEscapes = (path: string): string =>
  path.replaceAll(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return unreserved.test(char) ? char : escape.toUpperCase();
  });

/** RFC 3986 §5.2.4, for a path that is empty or begins with `/`. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '..' && segment !== '.') kept.push(segment);
    else if (last) kept.push(''); // `/a/.` and `/a/b/..` name the directory: `/a/`
  }
  return `/${kept.join('/')}`;
}

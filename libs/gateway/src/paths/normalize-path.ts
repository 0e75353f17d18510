import { OAuthError } from '@chancery/oauth';

/** A request target with one reading: what is judged here is what goes to the API behind. */
export interface RequestTarget {
  /** Normalised. */
  readonly path: string;
  /** As it came, with its question mark; empty when there is none. */
  readonly query: string;
}

const maxTargetChars = 8_192;
const maxPathChars = 2_048;

const refuse = (detail: string): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'path_ambiguous', detail, description: 'the path has no single reading' });

/**
 * The one normalisation of paths (GW-14): escapes of unreserved characters are decoded, the others in upper case. Whatever two parsers
 * could read differently is refused: dot segments, empty segments, backslashes, path parameters, escaped separators, dots or controls,
 * escapes of escapes, invalid UTF-8, absolute-form. @throws OAuthError `invalid_request`
 */
export function normalizeTarget(target: string): RequestTarget {
  if (target.length > maxTargetChars) throw refuse('target too long');
  const [, rawPath, query = ''] = /^([^?]*)(\?.*)?$/s.exec(target) ?? [];
  if (rawPath === undefined || !/^[\x21\x22\x24-\x7E]*$/.test(query)) throw refuse('query');
  if (!/^\/[A-Za-z0-9\-._~!$&'()*+,=:@/%]*$/.test(rawPath)) throw refuse('character');
  const path = normalizeEscapes(rawPath);
  if (path.length > maxPathChars) throw refuse('path too long');
  checkSegments(path);
  return { path, query };
}

const unreserved = /^[A-Za-z0-9\-_~]$/;

/** What ends or changes a segment in some parser once it is decoded: controls, DEL, and these. */
const separating = (code: number): boolean => code < 0x20 || code === 0x7f || '"#%./;?\\'.includes(String.fromCodePoint(code));

function normalizeEscapes(path: string): string {
  if (!path.includes('%')) return path;
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) throw refuse('escape');
  if (!isUtf8(path)) throw refuse('escapes are not UTF-8');
  return path.replaceAll(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const code = Number.parseInt(escape.slice(1), 16);
    if (separating(code)) throw refuse('escaped separator');
    const char = String.fromCodePoint(code);
    return unreserved.test(char) ? char : escape.toUpperCase();
  });
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function checkSegments(path: string): void {
  if (path === '/') return;
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') throw refuse('empty segment');
    if (segment === '.' || segment === '..') throw refuse('dot segment');
  }
}

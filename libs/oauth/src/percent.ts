/**
 * One component of `application/x-www-form-urlencoded`, decoded by the one reading of RFC 6749 App. B. `undefined`, never an exception,
 * for broken percent-encoding, invalid UTF-8, NUL and other control characters.
 */
export function decodeFormComponent(text: string): string | undefined {
  const decoded = text.includes('%') || text.includes('+') ? percentDecode(text.replaceAll('+', ' ')) : text;
  return decoded === undefined || controlCharacters.test(decoded) ? undefined : decoded;
}

// Written as what is allowed: everything but C0, DEL and C1.
const controlCharacters = /[^\x20-\x7E\u{A0}-\u{10FFFF}]/u;

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

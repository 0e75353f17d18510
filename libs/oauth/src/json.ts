import { OAuthError, type Refuse } from './errors.js';
import { limits } from './limits.js';

export interface JsonOptions {
  /** A top-level object has depth 1. */
  maxDepth?: number;
  /** UTF-8 bytes. */
  maxBytes?: number;
  /** The error of the entry point; `invalid_request` when absent. */
  refuse?: Refuse;
}

// The message of V8's SyntaxError quotes the input, so it never becomes a cause or a detail.
const malformed: Refuse = (reason) => new OAuthError('invalid_request', { refusal: 'json_malformed', detail: reason });

/**
 * JSON with one reading only: no duplicate member, byte order mark, invalid UTF-8, lone surrogate or `__proto__` member, and no more
 * depth or bytes than allowed (RFC 8259 §4, §8; RFC 7515 §4).
 * @throws what `refuse` makes, nothing else.
 */
export function parseJson(input: string | Uint8Array, options: JsonOptions = {}): unknown {
  const { maxDepth = limits.jsonDepth, maxBytes = limits.jsonBytes, refuse = malformed } = options;
  const text = typeof input === 'string' ? checkedText(input, maxBytes, refuse) : decodeUtf8(input, maxBytes, refuse);
  const value = parseText(text, refuse);
  // The scan may rely on well-formed text because JSON.parse has accepted it.
  const flaw = findFlaw(text, maxDepth);
  if (flaw !== undefined) throw refuse(flaw);
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array, maxBytes: number, refuse: Refuse): string {
  if (bytes.byteLength > maxBytes) throw refuse('JSON too large');
  try {
    return utf8.decode(bytes);
  } catch {
    throw refuse('invalid UTF-8');
  }
}

function checkedText(text: string, maxBytes: number, refuse: Refuse): string {
  if (Buffer.byteLength(text) > maxBytes) throw refuse('JSON too large');
  if (!text.isWellFormed()) throw refuse('lone surrogate');
  return text;
}

function parseText(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('not JSON');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** What JSON.parse lets pass in well-formed text and we do not: the reason, or `undefined`. One pass, no recursion. */
function findFlaw(text: string, maxDepth: number): string | undefined {
  const open: (Set<string> | undefined)[] = []; // member names of each open object; undefined for an array
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      const flaw = flawOfString(text, at, end, open.at(-1));
      if (flaw !== undefined) return flaw;
      at = end;
    } else if (char === 0x7b || char === 0x5b) {
      if (open.length === maxDepth) return 'JSON too deep';
      open.push(char === 0x7b ? new Set() : undefined);
    } else if (char === 0x7d || char === 0x5d) open.pop();
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function flawOfString(text: string, start: number, end: number, members: Set<string> | undefined): string | undefined {
  const raw = text.slice(start + 1, end);
  const value = raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
  if (value !== raw && !value.isWellFormed()) return 'lone surrogate';
  if (members === undefined || !isMemberName(text, end)) return undefined;
  if (value === '__proto__') return 'member __proto__';
  if (members.has(value)) return 'duplicate member';
  members.add(value);
  return undefined;
}

function isMemberName(text: string, end: number): boolean {
  let at = end + 1;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

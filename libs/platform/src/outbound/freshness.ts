import type { IncomingHttpHeaders } from 'node:http';

/**
 * Seconds an answer says it stays fresh from now on (RFC 9111 §4.2), 0 where it must not be kept, `undefined` where it says nothing. Whoever keeps it
 * has limits of their own.
 */
export function freshSeconds(headers: IncomingHttpHeaders): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',');
  const names = directives.map((directive) => directive.trim());
  if (names.some((name) => /^no-(?:store|cache)(?:=|$)/.test(name))) return 0;
  const age = seconds(headers.age) ?? 0;
  const ages = names.flatMap((name) => /^max-age="?(\d{1,10})"?$/.exec(name)?.[1] ?? []);
  // Said twice and differently, the shorter counts (RFC 9111 §4.2.1).
  if (ages.length > 0) return Math.max(0, Math.min(...ages.map(Number)) - age);
  if (headers.expires === undefined) return undefined;
  const until = (Date.parse(headers.expires) - Date.parse(headers.date ?? '')) / 1_000;
  // A date that is none is one in the past (RFC 9111 §5.3).
  return Number.isFinite(until) ? Math.max(0, until - age) : 0;
}

const seconds = (value: string | undefined): number | undefined => (/^\d{1,10}$/.test(value ?? '') ? Number(value) : undefined);

/** RFC 3339 in UTC with the microsecond, for microseconds since 1970. */
export function rfc3339(microseconds: number): string {
  const within = microseconds % 1_000_000;
  const second = new Date((microseconds - within) / 1_000).toISOString().slice(0, 19);
  return `${second}.${String(within).padStart(6, '0')}Z`;
}

const form = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/** Microseconds since 1970; undefined for a text that is no RFC 3339 in UTC, or from before. */
export function microsecondsOf(text: string): number | undefined {
  const [, second, fraction = ''] = form.exec(text) ?? [];
  if (second === undefined) return undefined;
  const milliseconds = Date.parse(`${second}Z`);
  if (!(milliseconds >= 0)) return undefined;
  return milliseconds * 1_000 + Number(fraction.padEnd(6, '0'));
}

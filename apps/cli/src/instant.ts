/** A point in time as the API gives it: RFC 3339, or whole seconds since 1970; none where there is no end. */
export type Instant = string | number | null | undefined;

const units = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
  { seconds: 1, name: 's' },
] as const;

const milliseconds = (instant: string | number): number => (typeof instant === 'number' ? instant * 1_000 : Date.parse(instant));

/** Microseconds since 1970 of an RFC 3339 time in UTC, as precise as it says; NaN for another text, with which no comparison holds. */
export function microsecondsOf(text: string): number {
  const [, second, fraction = ''] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/.exec(text) ?? [];
  return Date.parse(`${second}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}

/** `2026-11-24 22:57:03Z`, or `–`. */
export function formatInstant(instant: Instant): string {
  if (instant === null || instant === undefined) return '–';
  const at = new Date(milliseconds(instant));
  return Number.isNaN(at.getTime()) ? String(instant) : `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** How long until then, in one unit: `in 23 h`; `over` once it has come; `–` where there is no end. `now` in milliseconds. */
export function formatUntil(instant: Instant, now: number): string {
  if (instant === null || instant === undefined) return '–';
  const left = (milliseconds(instant) - now) / 1_000;
  if (!(left > 0)) return 'over';
  const { seconds, name } = units.find((unit) => left >= unit.seconds) ?? units[3];
  return `in ${Math.max(1, Math.round(left / seconds))} ${name}`;
}

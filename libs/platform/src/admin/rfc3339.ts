/** RFC 3339 in UTC with microseconds, from microseconds since 1970: as precise as the database's clock, so that what was recorded can be compared with T. */
export function rfc3339(microseconds: number): string {
  const seconds = new Date(Math.floor(microseconds / 1_000)).toISOString().slice(0, 19);
  const fraction = String(((microseconds % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0');
  return `${seconds}.${fraction}Z`;
}

import type { Answer } from './client.js';

/** `200`, or `400 invalid_scope`: an answer in a few letters. */
export const spell = ({ status, body }: Answer): string => (typeof body?.error === 'string' ? `${status} ${body.error}` : String(status));

/** So many requests, started in one turn of the event loop and dealt to the doors in turns. */
export const atOnce = (count: number, doors: readonly string[], ask: (at: string, nth: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, nth) => ask(doors[nth % doors.length] ?? '', nth)));

import type { Answer } from './clients.js';

/** `200`, or `400 invalid_scope`: an answer in a few letters. */
export const spell = ({ status, body }: Answer): string => (typeof body?.error === 'string' ? `${status} ${body.error}` : String(status));

/** How many answers said what. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[spell(answer)] = (counts[spell(answer)] ?? 0) + 1;
  return counts;
}

/** `count` requests, started in one turn of the event loop and dealt to the replicas in order. */
export const atOnce = (count: number, replicas: readonly string[], ask: (at: string, nth: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, (_, nth) => ask(replicas[nth % replicas.length] ?? '', nth)));

/** Runs a task for each of `items`, so many of them at a time. After a failure none is begun, and it fails when all have ended. */
export async function inParallel<Item>(items: readonly Item[], width: number, task: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await task(item).catch((error: unknown) => {
        failures.push(error);
        waiting.length = 0;
      });
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  if (failures.length > 0) throw failures[0];
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every `every` milliseconds until there is an answer. Throws after `within` milliseconds. */
export async function until<Answer>(
  look: () => Promise<Answer | undefined>,
  { what, within, every = 20 }: { what: string; within: number; every?: number },
): Promise<Answer> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await look();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what} did not happen in time`);
    await sleep(every);
  }
}

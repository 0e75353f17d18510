import { waitFor } from '@chancery/testing';
import type { Answer } from '../clients.js';

/**
 * Asks again while the store says that it kept changing. Each change of a class has every decision in flight made again, once: where two
 * overlap, "come again" is the right answer and none to what is asked here.
 */
export const patiently = (ask: () => Promise<Answer>): Promise<Answer> =>
  waitFor(
    async () => {
      const answer = await ask();
      return answer.status !== 503 && answer;
    },
    { timeout: 30_000 },
  );

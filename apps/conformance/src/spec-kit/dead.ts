import { waitFor } from '@chancery/testing';
import { callApi, type Client } from './clients.js';
import type { Answer } from './http.js';

/** Milliseconds after which a revocation is in force at every gateway, or the gateway denies: the longest budget, and room for a busy machine. */
const bound = 40_000;

/** Calls until the token is refused, and answers the refusal; never longer than the bound. */
export const untilDead = (client: Client, token: string): Promise<Answer> =>
  waitFor(
    async () => {
      const answer = await callApi(client, token);
      return answer.status !== 200 && answer;
    },
    { timeout: bound, every: 50 },
  );

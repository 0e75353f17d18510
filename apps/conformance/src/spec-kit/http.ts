import { waitFor } from '@chancery/testing';
import { noteSecrets } from './secrets.js';

/** An answer of the server: its status, its header fields in lower case, and its JSON, whatever they are. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec states what is in it
  readonly body: any;
}

/** What is asked, made anew for each attempt: a proof or an assertion is good for one. */
export type Question = () => RequestInit;

/** Milliseconds that a slow or busy server may take for one answer. */
const patience = 30_000;

/** Asks, and asks again as long as the server says that it cannot answer now (503): that is no answer to what the specs ask. */
export async function ask(url: string, question: Question = () => ({})): Promise<Answer> {
  return waitFor(
    async () => {
      const answer = await once(url, question());
      return answer.status !== 503 && answer;
    },
    { timeout: patience, every: 250 },
  );
}

async function once(url: string, init: RequestInit): Promise<Answer> {
  // A redirect is an answer to be judged, and would carry credentials elsewhere.
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience), ...init });
  const text = await response.text();
  const answer = { status: response.status, headers: Object.fromEntries(response.headers), text, body: parsed(text) };
  noteSecrets(init, answer.body);
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How often each status was answered. */
export const tally = (answers: readonly Answer[]): Record<number, number> =>
  Object.fromEntries([...Map.groupBy(answers, ({ status }) => status)].map(([status, same]) => [status, same.length]));

export const formType = 'application/x-www-form-urlencoded';

/** A form as `POST`. */
export const postForm = (
  form: string | Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': formType, ...headers },
  body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
});

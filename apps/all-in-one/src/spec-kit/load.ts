import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { type Answer, askToken, callApi, type Client, metadataOf, narrow, register } from './clients.js';

/** What the callers were told while things broke: the promises that the store has to keep. */
export interface Journal {
  /** `jti` of every token that was answered, with its grant's stream. */
  readonly tokens: Map<string, string>;
  /** `client_id` of every registration that was answered. */
  readonly agents: Set<string>;
  /** Request id of every call that the gateway let through. */
  readonly calls: Set<string>;
  /** Registrations and token requests that ended without an answer, or with 503: whether they were recorded is not known to who asked. */
  unheard: number;
  /** Answers that no fault of ours explains; a server that is cut off answers 503 or nothing. */
  readonly strange: string[];
}

export interface Load {
  readonly journal: Journal;
  /** Answers of success so far. */
  answered(): number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly replicas: readonly string[];
  readonly agents: readonly Client[];
  /** Opens as many registrations as will be asked for. */
  readonly iat: string;
}

/** Each agent in turn asks for a token, narrows it, calls the API with the child and registers another agent, again and again, at any replica. */
export function loadOn({ replicas, agents, iat }: LoadOptions): Load {
  const journal: Journal = { tokens: new Map(), agents: new Set(), calls: new Set(), unheard: 0, strange: [] };
  const stopping = new AbortController();
  const caller = async (agent: Client, nth: number) => {
    for (let round = nth; !stopping.signal.aborted; round++)
      await oneRound(agent, { at: replicas[round % replicas.length] ?? '', iat, journal });
  };
  const running = Promise.all(agents.map(caller));
  return {
    journal,
    answered: () => journal.tokens.size + journal.agents.size + journal.calls.size,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Round {
  readonly at: string;
  readonly iat: string;
  readonly journal: Journal;
}

async function oneRound(agent: Client, { at, iat, journal }: Round): Promise<void> {
  const parent = await writing(journal, at, () => askToken(agent, { at }));
  if (!parent) return;
  keepToken(journal, parent);
  const child = await writing(journal, at, () => narrow(agent, parent.body.access_token, { at, form: { scope: 'demo:read' } }));
  if (!child) return;
  keepToken(journal, child);
  const call = await heard(journal, at, () => callApi(agent, child.body.access_token, { at }));
  if (call?.status === 200) journal.calls.add(call.headers.get('x-request-id') ?? '');
  const newcomer = await writing(journal, at, () => register(agent.issuer, iat, metadataOf(generateKey()), at));
  if (newcomer) journal.agents.add(newcomer.body.client_id);
}

/** An act that is recorded; undefined unless it succeeded. */
async function writing(journal: Journal, at: string, act: () => Promise<Answer>): Promise<Answer | undefined> {
  const answer = await heard(journal, at, act);
  if (answer && answer.status < 300) return answer;
  journal.unheard += 1;
  return undefined;
}

async function heard(journal: Journal, at: string, act: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    const answer = await act();
    if (answer.status >= 300 && answer.status !== 503) journal.strange.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status === 503 && answer.headers.get('retry-after') === null) journal.strange.push('503 without Retry-After');
    return answer;
  } catch {
    // A server that was killed refuses connections until it is back; asking it in a loop would take the time it needs.
    await waitFor(() => fetch(`${at}/health/live`), { timeout: 60_000, every: 50 });
    return undefined;
  }
}

function keepToken({ tokens }: Journal, { body }: Answer): void {
  const claims = JSON.parse(Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
  tokens.set(String(claims['jti']), `main/grant/${claims['grant_id']}`);
}

import { setTimeout as pause } from 'node:timers/promises';
import { generateKey } from '@chancery/oauth/client';
import { claimsOf, waitFor } from '@chancery/testing';
import { type Answer, askToken, callApi, type Client, metadataOf, narrow, register, revokeToken } from './clients.js';
import type { Doors } from './round-robin.js';

/** What the callers were told while things broke: the promises that have to be kept. */
export interface Journal {
  /** `jti` of every token that was answered, with its grant's stream. */
  readonly tokens: Map<string, string>;
  /** `client_id` of every registration that was answered. */
  readonly agents: Set<string>;
  /** Request id of every call that a gateway let through. */
  readonly calls: Set<string>;
  /** Stream of every grant whose end was answered. */
  readonly ended: Set<string>;
  /** Acts that are recorded and ended without an answer, or with 503: whether they were recorded is not known to who asked. */
  unheard: number;
  /** Requests that ended without an answer: when they began and ended, in milliseconds of `performance.now()`. */
  readonly broken: { readonly what: string; readonly cause: string; readonly began: number; readonly ended: number }[];
  /** Of everything that was asked: how often what was answered. */
  readonly answers: Map<string, number>;
  /** Answers that no fault of ours explains; what is cut off answers 503 or nothing. */
  readonly strange: string[];
}

export interface Load {
  readonly journal: Journal;
  /** Answers of success so far. */
  answered(): number;
  /** Resolves when so many more acts have succeeded. */
  more(acts: number): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly doors: Doors;
  readonly agents: readonly Client[];
  /** Opens as many registrations as will be asked for; without it nobody registers. */
  readonly iat?: string;
}

/** Milliseconds between the beginnings of two rounds of an agent: what runs beside it on two cores has to come back, too. */
const roundEvery = 200;

/** Each agent asks for a token, narrows it, calls the API with the child, now and then ends the grant and registers another agent, again and again. */
export function loadOn({ doors, agents, iat }: LoadOptions): Load {
  const journal: Journal = {
    tokens: new Map(),
    agents: new Set(),
    calls: new Set(),
    ended: new Set(),
    unheard: 0,
    broken: [],
    answers: new Map(),
    strange: [],
  };
  const stopping = new AbortController();
  const caller = async (agent: Client, nth: number): Promise<void> => {
    for (let round = nth; !stopping.signal.aborted; round += 1)
      await Promise.all([oneRound(agent, { doors, iat, journal, round }), pause(roundEvery)]);
  };
  const running = Promise.all(agents.map(caller));
  const answered = (): number => journal.tokens.size + journal.agents.size + journal.calls.size + journal.ended.size;
  return {
    journal,
    answered,
    async more(acts) {
      const before = answered();
      await waitFor(() => answered() >= before + acts, { timeout: 60_000 });
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Round {
  readonly doors: Doors;
  readonly iat: string | undefined;
  readonly journal: Journal;
  readonly round: number;
}

async function oneRound(agent: Client, { doors, iat, journal, round }: Round): Promise<void> {
  const heard = hearing(journal, doors);
  const parent = await writing(journal, () => heard('token', (at) => askToken(agent, { at })));
  if (!parent) return;
  keepToken(journal, parent);
  const child = await writing(journal, () =>
    heard('exchange', (at) => narrow(agent, parent.body.access_token, { at, form: { scope: 'demo:read' } })),
  );
  if (!child) return;
  keepToken(journal, child);
  const call = await heard('call', (at) => callApi(agent, child.body.access_token, { at }));
  if (call?.status === 200) journal.calls.add(call.headers.get('x-request-id') ?? '');
  if (round % 4 === 0) {
    const ended = await writing(journal, () => heard('revocation', (at) => revokeToken(agent, parent.body.access_token, at)));
    if (ended) journal.ended.add(streamOf(parent));
  }
  if (iat === undefined || round % 2 === 0) return;
  const newcomer = await writing(journal, () => heard('registration', (at) => register(agent.issuer, iat, metadataOf(generateKey()), at)));
  if (newcomer) journal.agents.add(newcomer.body.client_id);
}

/** An act that is recorded; undefined unless it succeeded. */
async function writing(journal: Journal, act: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  const answer = await act();
  if (answer && answer.status < 300) return answer;
  journal.unheard += 1;
  return undefined;
}

type Hear = (what: string, act: (at: string) => Promise<Answer>) => Promise<Answer | undefined>;

const hearing =
  (journal: Journal, doors: Doors): Hear =>
  async (what, act) => {
    const began = performance.now();
    try {
      const answer = await doors(act);
      const { status, headers, body } = answer;
      const said = `${what} ${status}`;
      journal.answers.set(said, (journal.answers.get(said) ?? 0) + 1);
      if (status >= 300 && status !== 503) journal.strange.push(`${said} ${JSON.stringify(body)}`);
      if (status === 503) await obey(headers, () => journal.strange.push(`${said} without Retry-After`));
      return answer;
    } catch (error) {
      journal.broken.push({ what, cause: causeOf(error), began, ended: performance.now() });
      // What was killed refuses connections until it is back; asking it in a loop would take the time it needs.
      await waitFor(() => doors((at) => fetch(`${at}/health/live`)), { timeout: 60_000, every: 50 });
      return undefined;
    }
  };

const causeOf = (error: unknown): string => {
  const { cause = error } = Object(error) as { cause?: unknown };
  return String((Object(cause) as { code?: unknown }).code ?? cause);
};

/** Comes again no sooner than it was told to (RFC 9110 §10.2.3). */
async function obey(headers: Headers, missing: () => void): Promise<void> {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isInteger(seconds)) await pause(seconds * 1_000);
  else missing();
}

const streamOf = ({ body }: Answer): string => `main/grant/${claimsOf(String(body.access_token))['grant_id']}`;

function keepToken({ tokens }: Journal, answer: Answer): void {
  tokens.set(String(claimsOf(String(answer.body.access_token))['jti']), streamOf(answer));
}

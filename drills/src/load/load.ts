import { setTimeout as sleep } from 'node:timers/promises';
import { generateKey } from '@chancery/oauth/client';
import { claimsOf, waitFor } from '@chancery/testing';
import { type Answer, askToken, callApi, type Client, metadataOf, narrow, register, revokeToken } from '../client/client.js';
import type { Iat } from '../client/operator.js';
import { answered, type Journal, openJournal, type Sample } from './journal.js';

export interface Load {
  readonly agents: readonly Client[];
  /** Opens the load's registrations, and no other. */
  readonly iat: Iat;
  readonly journal: Journal;
  /** How many rounds were begun. */
  rounds(): number;
  /** From now on a caller begins a round so many milliseconds after its last one at the earliest. */
  pace(milliseconds: number): void;
  /** Resolves when so many more acts have succeeded. */
  more(acts: number): Promise<void>;
  /** Resolves when everything that was asked has ended. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface LoadOptions {
  /** The doors, in turns. */
  readonly doors: readonly string[];
  readonly agents: readonly Client[];
  readonly iat: Iat;
}

interface Caller extends LoadOptions {
  readonly journal: Journal;
  readonly agent: Client;
  readonly signal: AbortSignal;
}

/** Each agent asks for a token, narrows it, calls the API with the child, now and then ends the grant and registers another agent, again and again. */
export function loadOn(options: LoadOptions): Load {
  const journal = openJournal();
  const stopping = new AbortController();
  const { signal } = stopping;
  let [rounds, interval] = [0, 0];
  const work = async (agent: Client, nth: number): Promise<void> => {
    for (let round = nth; !signal.aborted; round += 1) {
      const began = performance.now();
      rounds += 1;
      await oneRound({ ...options, journal, agent, signal }, round);
      const left = interval - (performance.now() - began);
      if (left > 0) await sleep(left, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = Promise.all(options.agents.map(work));
  // Told by `stop`; before that nobody may be listening.
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    agents: options.agents,
    iat: options.iat,
    journal,
    rounds: () => rounds,
    pace: (milliseconds) => void (interval = milliseconds),
    stop,
    close: stop,
    async more(acts) {
      const before = answered(journal);
      await Promise.race([waitFor(() => answered(journal) >= before + acts, { timeout: 120_000 }), running]);
    },
  };
}

async function oneRound(caller: Caller, round: number): Promise<void> {
  const { agent, journal, iat } = caller;
  const parent = await recording(caller, 'token', (at) => askToken(agent, { at }));
  if (!parent) return;
  keepToken(journal, parent);
  const child = await recording(caller, 'exchange', (at) => narrow(agent, parent.body.access_token, { at, form: { scope: 'demo:read' } }));
  if (!child) return;
  keepToken(journal, child);
  const call = await hear(caller, 'call', (at) => callApi(agent, child.body.access_token, { at }));
  if (call?.status === 200) journal.calls.add(call.headers.get('x-request-id') ?? '');
  if (round % 4 === 0) {
    const ended = await recording(caller, 'revocation', (at) => revokeToken(agent, parent.body.access_token, at));
    if (ended) journal.ended.push({ agent, stream: streamOf(parent), token: child.body.access_token, answeredAt: performance.now() });
  }
  if (round % 8 !== 1) return;
  const newcomer = await recording(caller, 'registration', (at) => register(agent.issuer, iat.token, metadataOf(generateKey()), at));
  if (newcomer) journal.agents.add(newcomer.body.client_id);
}

/** An act that is recorded; undefined unless it succeeded. */
async function recording(caller: Caller, what: Sample['what'], act: (at: string) => Promise<Answer>): Promise<Answer | undefined> {
  const answer = await hear(caller, what, act);
  if (answer && answer.status < 300) return answer;
  caller.journal.unheard += 1;
  return undefined;
}

async function hear(
  { journal, doors, signal }: Caller,
  what: Sample['what'],
  act: (at: string) => Promise<Answer>,
): Promise<Answer | undefined> {
  const began = performance.now();
  const door = doors[journal.samples.length % doors.length] ?? '';
  const note = (status: number): void => void journal.samples.push({ what, status, began, ended: performance.now() });
  try {
    const answer = await act(door);
    const { status, headers, body } = answer;
    note(status);
    if (status >= 300 && status !== 503) journal.strange.push(`${what} ${status} ${JSON.stringify(body)}`);
    if (status === 503 && headers.get('retry-after') === null) journal.strange.push(`${what} 503 without Retry-After`);
    // Who is told to come again does so, and not at once.
    if (status === 503) await sleep(50, undefined, { signal }).catch(() => undefined);
    return answer;
  } catch {
    note(0);
    // What was killed refuses connections until it is back; asking it in a loop would take the time it needs.
    await waitFor(async () => signal.aborted || (await fetch(`${door}/health/live`)).ok, { timeout: 120_000, every: 50 });
    return undefined;
  }
}

const streamOf = ({ body }: Answer): string => `main/grant/${claimsOf(String(body.access_token))['grant_id']}`;

function keepToken({ tokens }: Journal, answer: Answer): void {
  tokens.set(String(claimsOf(String(answer.body.access_token))['jti']), streamOf(answer));
}

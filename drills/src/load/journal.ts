import type { Client } from '../client/client.js';

/** One request, and how it ended. */
export interface Sample {
  readonly what: 'token' | 'exchange' | 'call' | 'revocation' | 'registration';
  /** 0: there was no answer. */
  readonly status: number;
  /** Milliseconds of `performance.now()`. */
  readonly began: number;
  readonly ended: number;
}

/** A mandate whose end was answered: neither of its tokens may be accepted any more after the bound. */
export interface Ended {
  readonly agent: Client;
  readonly stream: string;
  /** A child of the mandate that was ended. */
  readonly token: string;
  /** Milliseconds of `performance.now()`. */
  readonly answeredAt: number;
}

/** What the callers were told while things broke: the promises that have to be kept. */
export interface Journal {
  /** `jti` of every token that was answered, with its grant's stream. */
  readonly tokens: Map<string, string>;
  /** `client_id` of every registration that was answered. */
  readonly agents: Set<string>;
  /** Request id of every call that a gateway let through. */
  readonly calls: Set<string>;
  readonly ended: Ended[];
  /** Acts that are recorded and ended without an answer, or with 503: whether they were recorded is not known to who asked. */
  unheard: number;
  readonly samples: Sample[];
  /** Answers that no fault of ours explains; what is cut off answers 503 or nothing. */
  readonly strange: string[];
}

export const openJournal = (): Journal => ({
  tokens: new Map(),
  agents: new Set(),
  calls: new Set(),
  ended: [],
  unheard: 0,
  samples: [],
  strange: [],
});

/** Successes so far. */
export const answered = ({ tokens, agents, calls, ended }: Journal): number => tokens.size + agents.size + calls.size + ended.length;

/** What was asked in a span of time and how it ended. */
export function tallied(
  { samples }: Journal,
  what: Sample['what'],
  from: number,
  to: number,
): { asked: number; good: number; times: readonly number[] } {
  const asked = samples.filter((sample) => sample.what === what && sample.began >= from && sample.began < to);
  const good = asked.filter(({ status }) => status >= 200 && status < 300);
  return { asked: asked.length, good: good.length, times: good.map(({ began, ended }) => ended - began) };
}

import { z } from 'zod';

/** What a gateway asks the token service (design §7). */
export interface FeedAsk {
  readonly gateway: string;
  /** This start of the gateway. */
  readonly run: string;
  /** Cursor of the page before; empty: from the beginning. */
  readonly after: string;
  /** T this gateway is complete through and nothing is known to be missing, in microseconds: an acknowledgement. */
  readonly applied: number;
  /** It holds so many entries. */
  readonly entries: number;
  /** Positions of events whose revocations it has applied since it last asked, sixteen at most. */
  readonly positions: readonly bigint[];
  /** Seconds: the longest budget of its routes. */
  readonly budget: number;
  /** Seconds the answer may take when there is nothing new. */
  readonly wait: number;
}

/** The way to `/revocations/feed`: resolves with its JSON, rejects when there is none in time or nobody waits for it any more. */
export type RevocationFeed = (ask: FeedAsk, signal: AbortSignal) => Promise<unknown>;

const record = z.strictObject({
  type: z.string().max(64),
  data: z.string().max(4_096),
  sig: z.string().max(128),
  sigkid: z.string().max(256),
});

const page = z.object({
  /** Microseconds by the database's clock. */
  now: z.number().int().positive(),
  store_away: z.boolean(),
  cursor: z.string().max(512),
  more: z.boolean(),
  records: z.array(record).max(10_000),
  heartbeat: record.optional(),
});

export type FeedPage = z.infer<typeof page>;

/** @throws Error without what was received, for an answer that is no page */
export function parsePage(answer: unknown): FeedPage {
  const parsed = page.safeParse(answer);
  if (!parsed.success) throw new Error('the feed answered something that is no page');
  return parsed.data;
}

/** Seconds an answer may take beyond the wait that was asked for. */
const patience = 5;

export interface HttpFeed {
  /** The token service's own address, not the public one: the way in between services is not through the door. */
  readonly url: string;
  /** What says who asks: the service's word, made anew each time. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
}

/** The feed over HTTP. */
export const httpFeed =
  ({ url, headers, fetch = globalThis.fetch }: HttpFeed): RevocationFeed =>
  async ({ positions, ...ask }, signal) => {
    const query = new URLSearchParams([
      ...Object.entries(ask).map(([name, value]): [string, string] => [name, String(value)]),
      ...positions.map((position): [string, string] => ['position', String(position)]),
    ]);
    const answer = await fetch(`${url}?${query.toString()}`, {
      headers: headers(),
      signal: AbortSignal.any([signal, AbortSignal.timeout((ask.wait + patience) * 1_000)]),
      redirect: 'error',
    });
    if (!answer.ok) throw new Error(`the feed answered ${answer.status}`);
    return answer.json();
  };

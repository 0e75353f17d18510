import type { OAuthError } from '@chancery/oauth';

/** One "no", as it was answered. Names, thumbprints and reasons only: no byte of what was presented. */
export interface Refusal {
  /** Route template, such as `/token`. */
  readonly endpoint: string;
  readonly error: OAuthError;
  readonly requestId: string;
  /** Network address it came from. */
  readonly source: string;
  /** Set only when verified. */
  readonly agent?: string | undefined;
  /** Thumbprint of a proof key whose proof was verified. */
  readonly instance?: string | undefined;
  /** Of a credential that we once issued. */
  readonly grant?: string | undefined;
  /** An initial access token that was shown and is the one that was minted. */
  readonly iat?: string | undefined;
}

/** R(reason) of every service: activity records, never appends. */
export interface Refusals {
  /** Never throws and never waits. An error is recorded once, however many hands it passes through. */
  record(refusal: Refusal): void;
  /** Resolves when all that is due (singles, and counts of minutes that are over) was handed to the bus, or the bus refused it and it is kept. */
  flush(): Promise<void>;
  /** Flushes everything, the running minute too. */
  close(): Promise<void>;
}

import { Refused, Unavailable } from './failure.js';
import { printable } from './text.js';

/** An answer that was not a success. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  /** Seconds, as `Retry-After` said. */
  readonly retryAfter?: string | undefined;
}

/** What was being done, for the sentence a person reads. */
export interface Act {
  /** Completes "could not …": `revoke agent ag_1`. */
  readonly act: string;
  /** Where to look when the thing named does not exist. */
  readonly unknown?: string;
}

const field = (body: unknown, name: string): string | undefined => {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? printable(value).slice(0, 300) : undefined;
};

/** One line: what was refused, why, and what to do. */
export function explain({ act, unknown }: Act, refusal: Refusal): Refused {
  const { status, body } = refusal;
  const code = field(body, 'error') ?? `HTTP ${status}`;
  const Kind = status === 429 || status >= 500 ? Unavailable : Refused;
  return new Kind(`could not ${act}: ${reason(refusal, code, unknown)}`, { cause: { status, code } });
}

function reason({ status, body, retryAfter }: Refusal, code: string, unknown: string | undefined): string {
  const said = field(body, 'error_description');
  switch (status) {
    case 401:
      return `the operator's token was not accepted (${code}); a machine whose clock is wrong sees this too`;
    case 403:
      return `this operator may not do that (${code}); use the credential of one who may with --operator FILE`;
    case 404:
      return unknown ?? 'this Chancery does not know it';
    case 429:
    case 503:
      return `Chancery cannot answer just now (${said ?? code}); try again ${retryAfter && /^\d{1,5}$/.test(retryAfter) ? `in ${retryAfter} s` : 'in a moment'}`;
  }
  if (status >= 500) return `Chancery failed (${code}); its log on standard error says why`;
  return said === undefined ? `it was refused (${code})` : `${said} (${code})`;
}

/** The operator itself was refused a token. */
export function explainToken({ act }: Act, operator: { file: string; issuer: string }, refusal: Refusal): Refused {
  const code = field(refusal.body, 'error') ?? `HTTP ${refusal.status}`;
  const cause = { status: refusal.status, code };
  if (code === 'invalid_client')
    return new Refused(
      `could not ${act}: ${operator.issuer} does not accept the credential in ${operator.file} (${code}); it may belong to other data, or the operator was suspended or revoked`,
      { cause },
    );
  if (code === 'invalid_scope' || code === 'invalid_target')
    return new Refused(
      `could not ${act}: the operator of ${operator.file} may not do that (${code}); use another credential with --operator FILE`,
      { cause },
    );
  return explain({ act }, refusal);
}

/** Nothing answered at all. */
export function explainSilence({ act }: Act, issuer: string, error: unknown): Refused {
  const { name, cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = name === 'TimeoutError' ? 'no answer in time' : code === 'ECONNREFUSED' ? 'connection refused' : (code ?? 'no connection');
  return new Unavailable(`could not ${act}: Chancery does not answer at ${issuer} (${why}); start it with \`npm start\``, { cause: error });
}

/**
 * The wire's error codes and the HTTP status each has where it is rendered as JSON (OAuth 2.1 §3.2.4; RFC 6750 §3.1; RFC 7009 §2.2.1;
 * RFC 7591 §3.2.2; RFC 8707 §2; RFC 9449 §5, §8; RFC 9470 §3). At a protected resource see `renderChallenge`.
 */
const statuses = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  insufficient_user_authentication: 401,
  access_denied: 403,
  invalid_client_metadata: 400,
  invalid_redirect_uri: 400,
  invalid_software_statement: 400,
  unapproved_software_statement: 400,
  unsupported_token_type: 400,
  server_error: 500,
  temporarily_unavailable: 503,
} as const;

export type OAuthErrorCode = keyof typeof statuses;

export type AuthenticationScheme = 'Basic' | 'Bearer' | 'DPoP';

export interface OAuthErrorOptions {
  /** The fact, in snake_case: stable, for records and metrics, never on the wire. */
  refusal: string;
  /** Private, for logs only. Never a byte of a token, proof, secret or key. */
  detail?: string;
  /** Public, a constant sentence. It never repeats what was sent. */
  description?: string;
  cause?: unknown;
  /** Instead of the code's own: 404, 405, 408, 413, 415, 429, 431. */
  status?: number;
  headers?: Record<string, string>;
  /** Seconds, for 503 and 429. */
  retryAfter?: number;
  /** The scheme the caller tried. */
  scheme?: AuthenticationScheme;
  /** `realm` of the challenge; `chancery` when absent. */
  realm?: string;
  /** The caller showed no credential at all: the challenge then carries no `error` (RFC 6750 §3.1). */
  unauthenticated?: boolean;
}

/** The one way a "no" leaves the edge. The code is public, `description` is public, everything else stays inside. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly refusal: string;
  readonly detail: string | undefined;
  readonly description: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: number | undefined;
  readonly scheme: AuthenticationScheme | undefined;
  readonly realm: string;
  readonly unauthenticated: boolean;

  constructor(code: OAuthErrorCode, options: OAuthErrorOptions) {
    super(`${code}: ${options.refusal}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.refusal = options.refusal;
    this.detail = options.detail;
    this.description = options.description;
    this.status = options.status ?? statuses[code];
    this.headers = options.headers ?? {};
    this.retryAfter = options.retryAfter;
    this.scheme = options.scheme;
    this.realm = options.realm ?? 'chancery';
    this.unauthenticated = options.unauthenticated ?? false;
  }
}

/** The HTTP status of an error rendered as JSON. */
export const statusOf = (error: OAuthError): number => error.status;

/** Makes the entry point's own error from a private reason; what parsers of tokens and keys are handed instead of a code. */
export type Refuse = (reason: string) => OAuthError;

import type { KnownAgent } from '@chancery/domain';
import type { Reading, Reservation, Unchanged } from '@chancery/eventstore';
import type { AgentContext, Form } from '@chancery/oauth';

/** A client that authenticated by its one registered method, and may be issued tokens as far as it is concerned. */
export interface AuthenticatedAgent {
  readonly agentId: string;
  readonly agent: KnownAgent;
  /** Hand it to the append: suspended or revoked since it was read, and nothing is recorded. */
  readonly guard: Unchanged;
  readonly method: 'private_key_jwt' | 'client_secret_basic';
  /** The assertion's single use, until it is over; for the append this request makes. */
  readonly reservations: readonly Reservation[];
}

/** A DPoP proof that verified, all but its single use. */
export interface VerifiedProof {
  readonly thumbprint: string;
  readonly jti: string;
  readonly reservation: Reservation;
  /** `ath`, where the proof states one: whether it is of a token in the request is the grant's to say (HND-03). */
  readonly statedAth?: string;
  /** What the agent says about the call inside its proof (GW-25). */
  readonly agentContext?: AgentContext;
}

export interface TokenRequest {
  readonly form: Form;
  readonly client: AuthenticatedAgent;
  readonly proof: VerifiedProof | undefined;
  /** How to read streams in this attempt. */
  readonly reading: Reading;
  readonly requestId: string;
}

/** RFC 6749 §5.1, RFC 8693 §2.2.1. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'DPoP' | 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly issued_token_type?: string;
  readonly [extra: string]: unknown;
}

/** One grant type at `/token`. */
export interface Grant {
  readonly grantType: string;
  /** Parameters it honours, besides `grant_type` and client authentication. Every other parameter we know is refused (WIRE-04, WIRE-20). */
  readonly parameters: readonly string[];
  /** `again`: something it rests on changed since it was read. Throws OAuthError for a refusal. */
  handle(request: TokenRequest): Promise<TokenAnswer | 'again'>;
}

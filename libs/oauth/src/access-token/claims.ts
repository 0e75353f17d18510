/** Proof-of-possession key of a token (RFC 7800 §3.1, RFC 9449 §6.1). */
export interface Confirmation {
  /** RFC 7638 SHA-256 thumbprint, base64url. */
  readonly jkt: string;
}

/** Who acts for the subject, and who acted before (RFC 8693 §4.1). Built by the server from verified tokens only. */
export interface Actor {
  readonly iss: string;
  readonly sub: string;
  readonly sub_profile: string;
  readonly act?: Actor;
}

/** One hop of ancestry, nearest first: everything whose revocation must hit this token. */
export interface LineageEntry {
  readonly grant: string;
  readonly agent: string;
  /** Proof key thumbprint; absent where the ancestor's token was a bearer token. */
  readonly key?: string;
  readonly iat_id?: string;
  /** The signing key of the ancestor's token. */
  readonly kid: string;
  readonly sw?: string;
  /** A foreign issuer; at the root only. */
  readonly src?: string;
}

/** The claims of an access token after RFC 9068 §2.2 and ours. Times are whole seconds since 1970. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** The user, or the agent acting for itself. */
  readonly sub: string;
  /** One, the registered string. */
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  /** The agent that got the token. */
  readonly client_id: string;
  /** When any was granted. */
  readonly scope?: string;
  readonly sub_profile: 'user' | 'ai_agent' | 'service';
  /** Absent where the class says bearer. */
  readonly cnf?: Confirmation;
  readonly act?: Actor;
  readonly grant_id: string;
  readonly lineage?: readonly LineageEntry[];
  readonly sw?: string;
  readonly iat_id?: string;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly txn: string;
}

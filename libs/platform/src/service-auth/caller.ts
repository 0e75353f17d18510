/** On whose behalf one service calls another: as the enforcement point verified it. */
export interface Caller {
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly grantId: string;
  /** Thumbprint of the proof key. */
  readonly jkt?: string;
  /** Of the access token. */
  readonly jti: string;
  /** When the access token was issued: seconds, by the database's clock. */
  readonly iat: number;
  /** The key that signed the access token. */
  readonly kid: string;
  readonly profile: string;
  readonly iatId?: string;
}

/** A request of the outside, as the public door took it. */
export interface Outside {
  readonly requestId: string;
  /** Network address. */
  readonly source: string;
}

/** Header that carries it. The door removes it from what comes from outside (GW-15). */
export const callerHeaderName = 'chancery-caller';

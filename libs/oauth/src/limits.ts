/**
 * Every length, depth, count and time limit of the wire, in one file. Sizes are bytes, `…Chars` UTF-16 code units, `…Seconds` seconds.
 * They are applied before anything is decoded, hashed or fetched.
 */
export const limits = {
  formBytes: 65_536,
  headerBlockBytes: 32_768,
  /** A request whose body has not arrived by then is answered 408. */
  bodySeconds: 10,
  parameters: 64,
  parameterNameChars: 128,
  valueChars: 16_384,
  /** One JWT in any place; also one `Authorization` value. */
  jwtBytes: 8_192,
  /** What we mint ourselves, at delegation depth 8. */
  accessTokenBytes: 4_096,
  jsonBytes: 65_536,
  jsonDepth: 16,
  jtiChars: 256,
  kidChars: 256,
  clientIdChars: 256,
  stateChars: 2_048,
  uriChars: 2_048,
  scopeChars: 4_096,
  scopeTokens: 64,
  /** Keys a client may register; an assertion without `kid` is tried against each of them. */
  jwksKeys: 8,
  /** `act` nested deeper is refused before any signature is checked: the delegation depth of 8, plus 4. */
  actorDepth: 12,
  lineageHops: 16,
  agentContextBytes: 2_048,
  agentContextChars: 256,
  rsaBitsMin: 2_048,
  rsaBitsMax: 4_096,
  /** Imported keys kept by thumbprint; the least recently used goes first. */
  importedKeys: 10_000,
  errorDescriptionChars: 256,
  /** A client assertion's `exp` at most that far ahead, its `iat` at most that old. */
  assertionSeconds: 300,
  /** How far a peer's clock may be ahead of ours in `iat` and `nbf` of an assertion. */
  assertionSkewSeconds: 10,
  /** How far the issuer's clock may be ahead of a verifier's in `iat` and `nbf` of an access token. */
  accessTokenSkewSeconds: 60,
  /** How long a registration access token reads on beside its successor (MGT-07). */
  registrationTokenOverlapSeconds: 60,
  /** How often an agent may replace its registration or rotate its secret. */
  registrationChangesAMinute: 10,
  /** How long a client secret works on beside its successor: time to hand the new one to every instance. */
  secretOverlapSeconds: 3_600,
  /** How long the answer to a registration can be asked for again by whoever proves the agent's key. */
  registrationRetrySeconds: 120,
  /** How long before its end a lease that nobody renewed is warned of; one that was given for no longer is not. */
  leaseWarningSeconds: 3_600,
  /** How far the database's clock and the process's own may be apart for leases to be reaped. */
  leaseClocksSeconds: 10,
  /** Agents whose leases are looked at at once. */
  leasesAtOnce: 32,
  /** Between two rounds of the reaper. */
  leaseRoundSeconds: 5,
  /** Public documents and keys may be cached that long. */
  metadataMaxAgeSeconds: 300,
  /** A fetch of somebody's document: all of it, from the name to the last byte; and until the connection stands. */
  fetchSeconds: 5,
  fetchConnectSeconds: 2,
  fetchHeaderBytes: 8_192,
  /** A document, and a set of keys. */
  fetchBytes: 16_384,
  fetchKeySetBytes: 65_536,
  /** Fetches a process has in flight. */
  fetchesAtOnce: 64,
  fetchesAtOnceOfHost: 8,
  /** Key sets at `jwks_uri` that are kept; the least recently used goes first. */
  remoteKeySets: 4_096,
  /** Between two fetches of one of them, whoever asks. */
  remoteKeysCooldownSeconds: 60,
  /** How long one stays fresh: where its answer says nothing; and at most, whatever it says. */
  remoteKeysFreshSeconds: 300,
  remoteKeysFreshMaxSeconds: 86_400,
  /** How long after that it goes on verifying while its source is away. */
  remoteKeysStaleSeconds: 3_600,
} as const;
